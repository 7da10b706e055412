import { createRoute, OpenAPIHono, z } from '@hono/zod-openapi';
import { accountNowMs } from '../domain/account-time.ts';
import { closingWords } from '../domain/account-closing.ts';
import { failure } from '../domain/failures.ts';
import { invoiceAnswer } from '../domain/invoice-answer.ts';
import { policyAt } from '../domain/policy-schedule.ts';
import { readAccount } from '../ledger/accounts.ts';
import { closeAccount } from '../ledger/account-closing.ts';
import { removeAdminHold, setAdminHold } from '../ledger/account-settings.ts';
import { readPayable } from '../ledger/open-invoices.ts';
import { actorOf, type Caller } from './access.ts';
import { accountSchema } from './account-resource.ts';
import { showAccount } from './account-shown.ts';
import { allow } from './authentication.ts';
import type { Api, ApiEnvironment, HttpDependencies } from './dependencies.ts';
import { invoiceSchema } from './invoice-resource.ts';
import { problemAnswer } from './problems.ts';
import {
  accountIdParameter,
  idempotencyHeader,
  jsonAnswer,
  jsonBody,
  refuseInvalid,
  textInput,
} from './validation.ts';

const pathParameters = z.object({ accountId: accountIdParameter });
const closedAccountSchema = accountSchema
  .extend({
    finalInvoice: invoiceSchema.nullable().openapi({
      description: 'Of all use until the close. Null where nothing was left to invoice.',
    }),
    notes: z.array(z.string()).openapi({
      description:
        'Sentences: what is due, what waits, and what becomes of credits that are left. Those are ' +
        'never forfeited; they stay in `balances`.',
    }),
  })
  .openapi('ClosedAccount');
const accountAnswer = { 200: jsonAnswer('The account.', accountSchema), ...problemAnswer };

/** What operators alone do to an account: keep it from use, let it go, close it. */
export function accountOperationRoutes(dependencies: HttpDependencies): Api {
  const routes: Api = new OpenAPIHono<ApiEnvironment>({ defaultHook: refuseInvalid });
  addHolding(routes, dependencies);
  addRelease(routes, dependencies);
  addClosing(routes, dependencies);
  return routes;
}

function addHolding(routes: Api, dependencies: HttpDependencies): void {
  const { ledger } = dependencies;
  const operators = allow('accounts.operate', dependencies);
  routes.openapi(
    createRoute({
      method: 'put',
      path: '/v1/accounts/{accountId}/admin-hold',
      tags: ['Accounts'],
      summary: 'Keep the account from use until it is taken back (R54)',
      description: 'The reason is for operators; the customer is never told it.',
      middleware: operators,
      request: {
        params: pathParameters,
        body: jsonBody({
          reason: textInput(500),
        }),
      },
      responses: accountAnswer,
    }),
    async (context) => {
      const { reason } = context.req.valid('json');
      const asked = await askedOf(context.req.valid('param'), context.var.caller, dependencies);
      await setAdminHold(ledger, { ...asked, reason });
      return context.json(await showAccount(asked.accountId, dependencies), 200);
    },
  );
}

function addRelease(routes: Api, dependencies: HttpDependencies): void {
  const { ledger } = dependencies;
  const operators = allow('accounts.operate', dependencies);
  routes.openapi(
    createRoute({
      method: 'delete',
      path: '/v1/accounts/{accountId}/admin-hold',
      tags: ['Accounts'],
      summary: 'Let the account be used again',
      middleware: operators,
      request: { params: pathParameters },
      responses: accountAnswer,
    }),
    async (context) => {
      const asked = await askedOf(context.req.valid('param'), context.var.caller, dependencies);
      await removeAdminHold(ledger, asked);
      return context.json(await showAccount(asked.accountId, dependencies), 200);
    },
  );
}

function addClosing(routes: Api, dependencies: HttpDependencies): void {
  const { ledger, policies } = dependencies;
  const operators = allow('accounts.operate', dependencies);
  routes.openapi(
    createRoute({
      method: 'post',
      path: '/v1/accounts/{accountId}/close',
      tags: ['Accounts'],
      summary: 'Close the account for purchases and use; there is no way back (R70)',
      description:
        'Its final invoice is issued in the same transaction, of all use until now. While requests ' +
        'run, it waits for them, and follows within minutes of their end. A payment that is under ' +
        'way goes back.',
      middleware: operators,
      request: { params: pathParameters, headers: idempotencyHeader },
      responses: {
        200: jsonAnswer('The account and its final invoice.', closedAccountSchema),
        ...problemAnswer,
      },
    }),
    async (context) => {
      const asked = await askedOf(context.req.valid('param'), context.var.caller, dependencies);
      const schedule = await policies.read();
      const closed = await closeAccount(ledger, asked, schedule);
      const { account, finalInvoice } = closed;
      const { nowMs } = asked;
      const policy = policyAt(schedule, nowMs);
      const payable = await readPayable(ledger, asked.accountId);
      const moment = { nowMs, policy, ...payable };
      return context.json(
        {
          ...(await showAccount(asked.accountId, dependencies)),
          finalInvoice: finalInvoice && invoiceAnswer(finalInvoice, account, moment),
          notes: closingWords(closed, account.currency),
        },
        200,
      );
    },
  );
}

/** Who asks, and the account's own time. Throws account_not_found. */
async function askedOf(
  { accountId }: { accountId: string },
  caller: Caller,
  { ledger, nowMs }: HttpDependencies,
) {
  const facts = await readAccount(ledger, { accountId });
  if (facts === undefined) throw failure('account_not_found');
  return { accountId, actor: actorOf(caller), nowMs: accountNowMs(facts.account, nowMs()) };
}
