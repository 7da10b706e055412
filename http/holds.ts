import { createRoute, OpenAPIHono, z } from '@hono/zod-openapi';
import type { Context } from 'hono';
import { failure } from '../domain/failures.ts';
import { holdAnswer, settlementAnswer } from '../domain/hold-answer.ts';
import { readAccount } from '../ledger/accounts.ts';
import { listHolds, readHold } from '../ledger/hold-lists.ts';
import { allow } from './authentication.ts';
import type { Api, ApiEnvironment, HttpDependencies } from './dependencies.ts';
import {
  assertVisible,
  ownerOf,
  placeOne,
  problemFor,
  problemOfError,
  refusedError,
  ttlMsOf,
} from './hold-placing.ts';
import {
  extensionInput,
  holdIdInput,
  holdInput,
  holdSchema,
  releaseInput,
  settlementInput,
  settlementSchema,
} from './hold-resource.ts';
import { listQuery, listSchema } from './lists.ts';
import { problemAnswer, problemSchema } from './problems.ts';
import { accountAndNow } from './statement-ranges.ts';
import { accountIdInput, accountIdParameter, jsonAnswer, refuseInvalid } from './validation.ts';

const greatestBatch = 500;
const holdParameter = z.object({ holdId: holdIdInput });

const instructionSchema = z.enum(['continue', 'warn', 'pause', 'stop']).openapi({
  description:
    'For who runs the request: go on; stop soon, since another extension of this size would not ' +
    'pass; pause until it does; stop now (R23).',
});
const extensionSchema = z
  .object({
    instruction: instructionSchema,
    hold: holdSchema,
    problem: problemSchema.nullable().openapi({ description: 'Why it may not go on.' }),
  })
  .openapi('HoldExtension');

const placement = createRoute({
  method: 'post',
  path: '/v1/holds',
  tags: ['Access'],
  summary: 'May this request run? Reserve what it may cost',
  description:
    'One object is answered with the hold, or with a problem document: 402 where money is ' +
    'missing, 403 where the account may not. A list of up to 500 is answered with 200 and a list ' +
    'in the same order: holds and, where refused, the same problem documents, told apart by ' +
    'their `code`. The hold’s id is its idempotency key; no Idempotency-Key header is needed. ' +
    'A repeat answers the hold as it stands now: run the request only while its state is `open`.',
  request: {
    body: {
      required: true,
      content: {
        'application/json': {
          schema: z.union([holdInput, z.array(holdInput).min(1).max(greatestBatch)]),
        },
      },
    },
  },
  responses: {
    200: jsonAnswer(
      'The hold of an earlier call with the same id; or the answers to a list.',
      z.union([holdSchema, z.array(z.union([holdSchema, problemSchema]))]),
    ),
    201: jsonAnswer('The hold: the request may run.', holdSchema),
    ...problemAnswer,
  },
});

/** Reserving what requests may cost, before they run; the hottest routes there are. */
export function holdRoutes(dependencies: HttpDependencies): Api {
  const routes: Api = new OpenAPIHono<ApiEnvironment>({ defaultHook: refuseInvalid });
  addPlacement(routes, dependencies);
  addSettlement(routes, dependencies);
  addExtension(routes, dependencies);
  addRelease(routes, dependencies);
  addReading(routes, dependencies);
  addList(routes, dependencies);
  return routes;
}

function addPlacement(routes: Api, dependencies: HttpDependencies): void {
  const { policies } = dependencies;
  // Checked by hand: which of two shapes was sent, and one by one where it is a list.
  routes.openAPIRegistry.registerPath({ ...placement });

  routes.post(placement.path, allow('holds.write', dependencies), async (context) => {
    const body = await readJson(context);
    const schedule = await policies.read();
    if (!Array.isArray(body)) {
      const answer = await placeOne(body, context, schedule, dependencies);
      if (answer.status === 'refused') throw answer.error;
      return context.json(answer.hold, answer.status === 'admitted' ? 201 : 200);
    }
    if (body.length < 1 || body.length > greatestBatch) {
      throw failure('invalid_request', `A list has 1 to ${greatestBatch} holds.`);
    }
    const answers = await Promise.all(
      body.map((item) => placeOne(item, context, schedule, dependencies)),
    );
    const { publicUrl } = dependencies.settings;
    return context.json(
      answers.map((answer) =>
        answer.status === 'refused' ? problemOfError(answer.error, publicUrl) : answer.hold,
      ),
      200,
    );
  });
}

function addSettlement(routes: Api, dependencies: HttpDependencies): void {
  const { holds, usage, policies, nowMs } = dependencies;
  routes.openapi(
    createRoute({
      method: 'post',
      path: '/v1/holds/{holdId}/settle',
      tags: ['Access'],
      summary: 'Charge what the request cost, and give back the rest',
      description:
        'By its cost, or by what was used of its model. A repeat with the same answers the first ' +
        'outcome; with another it is refused. ' +
        'What the hold reserved is there for it; what goes beyond, and all of it where the hold ' +
        'had expired, is charged up to what is spendable now (R21).',
      middleware: allow('holds.write', dependencies),
      request: { params: holdParameter, body: bodyOf(settlementInput) },
      responses: { 200: jsonAnswer('What paid it.', settlementSchema), ...problemAnswer },
    }),
    async (context) => {
      const { account: accountId, cost, usage: quantities = [] } = context.req.valid('json');
      const { holdId } = context.req.valid('param');
      assertVisible(context, accountId);
      const name = { accountId, holdId, policies: await policies.read(), nowMs: nowMs() };
      const outcome =
        cost === undefined
          ? await usage.settle({ ...name, quantities })
          : await holds.settle({ ...name, cost });
      if (outcome.status === 'failed') throw problemFor(outcome.refusal);
      const owner = ownerOf(outcome.account);
      return context.json(settlementAnswer(holdId, outcome.charge, owner), 200);
    },
  );
}

function addExtension(routes: Api, dependencies: HttpDependencies): void {
  const { holds, policies, nowMs } = dependencies;
  routes.openapi(
    createRoute({
      method: 'post',
      path: '/v1/holds/{holdId}/extend',
      tags: ['Access'],
      summary: 'Reserve more for a request that goes on, or be told to stop (R23)',
      description: 'Up to `cost` in all: a repeat reserves nothing more.',
      middleware: allow('holds.write', dependencies),
      request: { params: holdParameter, body: bodyOf(extensionInput) },
      responses: { 200: jsonAnswer('What to do now.', extensionSchema), ...problemAnswer },
    }),
    async (context) => {
      const { account: accountId, cost, ttlSeconds } = context.req.valid('json');
      const { holdId } = context.req.valid('param');
      assertVisible(context, accountId);
      const schedule = await policies.read();
      const outcome = await holds.extend({
        accountId,
        holdId,
        cost,
        policies: schedule,
        nowMs: nowMs(),
        ttlMs: ttlMsOf(ttlSeconds),
      });
      if (outcome.status === 'failed') throw problemFor(outcome.refusal);
      const { instruction, hold, decision } = outcome;
      const account = ownerOf(outcome.account);
      const { publicUrl } = dependencies.settings;
      const problem = decision.allowed
        ? null
        : problemOfError(refusedError(decision, account, schedule, dependencies), publicUrl);
      return context.json({ instruction, hold: holdAnswer(hold, account), problem }, 200);
    },
  );
}

function addRelease(routes: Api, dependencies: HttpDependencies): void {
  const { holds, policies, nowMs } = dependencies;
  routes.openapi(
    createRoute({
      method: 'post',
      path: '/v1/holds/{holdId}/release',
      tags: ['Access'],
      summary: 'Give back what was reserved: the request did not run',
      description: 'A repeat, or one that comes after its expiry, changes nothing.',
      middleware: allow('holds.write', dependencies),
      request: { params: holdParameter, body: bodyOf(releaseInput) },
      responses: { 200: jsonAnswer('The hold.', holdSchema), ...problemAnswer },
    }),
    async (context) => {
      const { account: accountId } = context.req.valid('json');
      const { holdId } = context.req.valid('param');
      assertVisible(context, accountId);
      const name = { accountId, holdId, policies: await policies.read(), nowMs: nowMs() };
      const outcome = await holds.release(name);
      if (outcome.status === 'failed') throw problemFor(outcome.refusal);
      return context.json(holdAnswer(outcome.hold, ownerOf(outcome.account)), 200);
    },
  );
}

function addReading(routes: Api, dependencies: HttpDependencies): void {
  routes.openapi(
    createRoute({
      method: 'get',
      path: '/v1/holds/{holdId}',
      tags: ['Access'],
      summary: 'Read a hold',
      middleware: allow('holds.read', dependencies),
      request: { params: holdParameter, query: z.strictObject({ account: accountIdInput }) },
      responses: { 200: jsonAnswer('The hold.', holdSchema), ...problemAnswer },
    }),
    async (context) => {
      const { account: accountId } = context.req.valid('query');
      const { holdId } = context.req.valid('param');
      assertVisible(context, accountId);
      const state = await readAccount(dependencies.ledger, { accountId });
      if (state === undefined) throw failure('account_not_found');
      const hold = await readHold(dependencies.ledger, { accountId, holdId });
      if (hold === undefined) throw failure('hold_not_found');
      return context.json(holdAnswer(hold, state.account), 200);
    },
  );
}

async function readJson(context: Context<ApiEnvironment>): Promise<unknown> {
  try {
    return await context.req.json();
  } catch (error) {
    if (error instanceof SyntaxError) throw failure('body_malformed');
    throw error;
  }
}

function bodyOf<Schema extends z.ZodType>(schema: Schema) {
  return { required: true, content: { 'application/json': { schema } } } as const;
}

function addList(routes: Api, dependencies: HttpDependencies): void {
  routes.openapi(
    createRoute({
      method: 'get',
      path: '/v1/accounts/{accountId}/holds',
      tags: ['Access'],
      summary: 'List the open holds of an account, newest first',
      description:
        'What running requests keep from others (R20). One whose time is over reserves nothing any ' +
        'more, and is ended by the sweep within a minute.',
      middleware: allow('holds.read', dependencies),
      request: { params: z.object({ accountId: accountIdParameter }), query: listQuery() },
      responses: {
        200: jsonAnswer('One page of holds.', listSchema(holdSchema)),
        ...problemAnswer,
      },
    }),
    async (context) => {
      const { accountId } = context.req.valid('param');
      const { cursor, limit } = context.req.valid('query');
      const { account } = await accountAndNow(accountId, dependencies);
      const before = cursor === undefined ? null : Number(cursor);
      const asked = { accountId, state: 'open', before, limit } as const;
      const { holds, nextBefore } = await listHolds(dependencies.ledger, asked);
      const data = holds.map((hold) => holdAnswer(hold, account));
      return context.json(
        { data, nextCursor: nextBefore === null ? null : String(nextBefore) },
        200,
      );
    },
  );
}
