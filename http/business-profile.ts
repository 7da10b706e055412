import { createRoute, OpenAPIHono, z } from '@hono/zod-openapi';
import { accountNowMs } from '../domain/account-time.ts';
import { mostInvoiceEmails, type BusinessProfile } from '../domain/business-profile.ts';
import { failure } from '../domain/failures.ts';
import { readAccount } from '../ledger/accounts.ts';
import {
  readBusinessProfile,
  setBusinessProfile,
  type KeptBusinessProfile,
} from '../ledger/business-profile.ts';
import { actorOf } from './access.ts';
import { allow } from './authentication.ts';
import type { Api, ApiEnvironment, HttpDependencies } from './dependencies.ts';
import { ProblemError, problemAnswer } from './problems.ts';
import { accountIdParameter, jsonAnswer, jsonBody, refuseInvalid } from './validation.ts';

const pathParameters = z.object({ accountId: accountIdParameter });
const text = z.string({ error: 'must be a text' });
const optionalText = text.nullable().optional();

const mustBeMails = `must be a list of up to ${mostInvoiceEmails} mail addresses`;

const given = jsonBody({
  name: optionalText.openapi({
    example: 'Analytical Engines GmbH',
    description: 'As invoices name it; null: the account’s own name.',
  }),
  address: z
    .strictObject(
      {
        line1: optionalText.openapi({ example: '1 Main Street' }),
        line2: optionalText,
        city: optionalText.openapi({ example: 'Berlin' }),
        postalCode: optionalText.openapi({ example: '10115' }),
        region: optionalText.openapi({ description: 'Of ISO 3166-2 without its country: "WA".' }),
        country: optionalText.openapi({ example: 'DE', description: 'Of ISO 3166.' }),
      },
      { error: 'must be an object, or null' },
    )
    .nullable()
    .optional()
    .openapi({
      description:
        'Has line1, city and country at least. Later invoices are taxed at a new country and ' +
        'region; past ones keep the tax they have (R45).',
    }),
  invoiceEmails: z
    .array(text, { error: mustBeMails })
    .optional()
    .openapi({
      example: ['accounts@example.com'],
      description:
        'Where invoices go, up to five; none: to the account’s own mail, where receipts and ' +
        'notices go in any case.',
    }),
  purchaseOrder: optionalText.openapi({ example: 'PO-7' }),
  taxId: z
    .strictObject({ country: text, value: text }, { error: 'must be an object, or null' })
    .nullable()
    .optional()
    .openapi({ example: { country: 'DE', value: 'DE136695976' } }),
});

const nullableText = z.string().nullable();
const businessProfileSchema = z
  .object({
    accountId: z.string(),
    name: nullableText,
    address: z
      .object({
        line1: nullableText,
        line2: nullableText,
        city: nullableText,
        postalCode: nullableText,
        region: nullableText,
        country: nullableText,
      })
      .nullable(),
    invoiceEmails: z.array(z.string()),
    purchaseOrder: nullableText,
    taxId: z
      .object({
        country: z.string(),
        value: z.string(),
        checked: z.boolean().openapi({
          description:
            'Whether numbers of this country are checked here: form and check digits, not that ' +
            'the tax office knows them.',
        }),
      })
      .nullable(),
  })
  .openapi('BusinessProfile');

/** What invoices say of the business: read it, put it (R44). */
export function businessProfileRoutes(dependencies: HttpDependencies): Api {
  const { ledger, nowMs } = dependencies;
  const routes: Api = new OpenAPIHono<ApiEnvironment>({ defaultHook: refuseInvalid });
  const path = '/v1/accounts/{accountId}/business-profile';
  const answer = jsonAnswer('The business data of the account.', businessProfileSchema);

  routes.openapi(
    createRoute({
      method: 'get',
      path,
      tags: ['Accounts'],
      summary: 'Read what invoices say of the business',
      middleware: allow('business_profile.read', dependencies),
      request: { params: pathParameters },
      responses: { 200: answer, ...problemAnswer },
    }),
    async (context) => {
      const { accountId } = context.req.valid('param');
      return context.json(shown(accountId, await readBusinessProfile(ledger, { accountId })), 200);
    },
  );

  routes.openapi(
    createRoute({
      method: 'put',
      path,
      tags: ['Accounts'],
      summary: 'Set what later invoices say of the business (R44)',
      description:
        'All of it is put in place of what was there: a field that is absent is removed.',
      middleware: allow('business_profile.write', dependencies),
      request: { params: pathParameters, body: given },
      responses: { 200: answer, ...problemAnswer },
    }),
    async (context) => {
      const { accountId } = context.req.valid('param');
      const facts = await readAccount(ledger, { accountId });
      if (facts === undefined) throw failure('account_not_found');
      const outcome = await setBusinessProfile(ledger, {
        accountId,
        profile: profileOf(context.req.valid('json')),
        actor: actorOf(context.var.caller),
        nowMs: accountNowMs(facts.account, nowMs()),
      });
      if (outcome.status === 'refused') {
        throw new ProblemError(outcome.refusal, { errors: [...outcome.faults] });
      }
      return context.json(shown(accountId, outcome.profile), 200);
    },
  );

  return routes;
}

type Given = z.infer<(typeof given.content)['application/json']['schema']>;

function profileOf({ name, address, invoiceEmails, purchaseOrder, taxId }: Given): BusinessProfile {
  return {
    name: name ?? null,
    purchaseOrder: purchaseOrder ?? null,
    taxId: taxId ?? null,
    address: address
      ? {
          line1: address.line1 ?? null,
          line2: address.line2 ?? null,
          city: address.city ?? null,
          postalCode: address.postalCode ?? null,
          region: address.region ?? null,
          country: address.country ?? null,
        }
      : null,
    invoiceEmails: invoiceEmails ?? [],
  };
}

function shown(
  accountId: string,
  { name, address, invoiceEmails, purchaseOrder, taxId, isTaxIdChecked }: KeptBusinessProfile,
) {
  return {
    accountId,
    name,
    address,
    invoiceEmails: [...invoiceEmails],
    purchaseOrder,
    taxId: taxId && { ...taxId, checked: isTaxIdChecked === true },
  };
}
