import { randomBytes } from 'node:crypto';
import { insertAudit } from './audit.ts';
import { houseId } from './account-id.ts';
import { instant } from './columns.ts';
import type { Ledger, Session } from './database.ts';
import { hashOfSecret, newSecret } from './secrets.ts';

/** A person at the operators' pages. */
export interface OperatorSession {
  readonly sessionId: string;
  /** The API key of role operator that it stands on: it ends with it. */
  readonly keyId: string;
  /** The person's name in small letters, as the audit log has it. */
  readonly operator: string;
  readonly expiresAtMs: number;
}

const linkPrefix = 'ol_';
const tokenPrefix = 'ot_';
const secretPattern = /^o[lt]_[0-9a-f]{64}$/;

/** Only a key for all accounts, of the role, that was not revoked, makes an operator (R64). */
const isOperatorKey = `k.role = 'operator' and k.account_id is null and k.revoked_at is null`;

/**
 * Makes a link that signs a person in, once. The person's own API key is the one whose name is
 * theirs; `no_key` where there is none.
 * @param input.validMs how long the link is good, in milliseconds
 */
export async function createOperatorLink(
  ledger: Ledger,
  input: { readonly operator: string; readonly validMs: number; readonly nowMs: number },
): Promise<
  | { readonly status: 'made'; readonly token: string; readonly expiresAtMs: number }
  | { readonly status: 'no_key' }
> {
  const { operator, validMs, nowMs } = input;
  const sessionId = `os_${randomBytes(8).toString('hex')}`;
  const token = newSecret(linkPrefix);
  const expiresAtMs = nowMs + validMs;
  return ledger.transaction(async (session) => {
    const [key] = await session.read<{ keyId: string }>(
      `insert into operator_sessions
         (session_id, key_id, operator, created_at, link_hash, link_expires_at)
       select $1, k.key_id, $2, $3, $4, $5 from api_keys k
       where ${isOperatorKey} and lower(k.name) = $2
       order by k.created_at desc, k.key_id limit 1
       returning key_id as "keyId"`,
      [sessionId, operator, instant(nowMs), hashOfSecret(token), instant(expiresAtMs)],
    );
    if (key === undefined) return { status: 'no_key' };
    audit(session, { operator, action: 'link', sessionId, nowMs });
    return { status: 'made', token, expiresAtMs };
  });
}

/** Whom a link would sign in; undefined where it is unknown, used, too old or ended. */
export async function findOperatorLink(
  ledger: Ledger,
  { token, nowMs }: { readonly token: string; readonly nowMs: number },
): Promise<{ readonly operator: string } | undefined> {
  if (!secretPattern.test(token)) return undefined;
  const [link] = await ledger.run<{ operator: string }>(
    `select s.operator from operator_sessions s join api_keys k using (key_id)
     where s.link_hash = $1 and s.link_expires_at > $2 and s.opened_at is null
       and s.ended_at is null and ${isOperatorKey}`,
    [hashOfSecret(token), instant(nowMs)],
  );
  return link;
}

/**
 * Uses a link up and opens its session. Undefined where it is not good, or somebody was quicker.
 * @param input.sessionMs how long the session is good, in milliseconds
 */
export async function openOperatorSession(
  ledger: Ledger,
  input: { readonly token: string; readonly sessionMs: number; readonly nowMs: number },
): Promise<{ readonly token: string; readonly expiresAtMs: number } | undefined> {
  const { sessionMs, nowMs } = input;
  if (!secretPattern.test(input.token)) return undefined;
  const token = newSecret(tokenPrefix);
  const expiresAtMs = nowMs + sessionMs;
  return ledger.transaction(async (session) => {
    const [opened] = await session.read<{ sessionId: string; operator: string }>(
      `update operator_sessions s set opened_at = $2, token_hash = $3, expires_at = $4
       from api_keys k
       where s.link_hash = $1 and s.link_expires_at > $2 and s.opened_at is null
         and s.ended_at is null and k.key_id = s.key_id and ${isOperatorKey}
       returning s.session_id as "sessionId", s.operator`,
      [hashOfSecret(input.token), instant(nowMs), hashOfSecret(token), instant(expiresAtMs)],
    );
    if (opened === undefined) return undefined;
    audit(session, { ...opened, action: 'sign_in', nowMs });
    return { token, expiresAtMs };
  });
}

/** The open session of a token; undefined where it is unknown or over, or its key was revoked. */
export async function findOperatorSession(
  ledger: Ledger,
  { token, nowMs }: { readonly token: string; readonly nowMs: number },
): Promise<OperatorSession | undefined> {
  if (!secretPattern.test(token)) return undefined;
  const [session] = await ledger.run<OperatorSession>(
    `select s.session_id as "sessionId", s.key_id as "keyId", s.operator,
       s.expires_at as "expiresAtMs"
     from operator_sessions s join api_keys k using (key_id)
     where s.token_hash = $1 and s.expires_at > $2 and s.ended_at is null and ${isOperatorKey}`,
    [hashOfSecret(token), instant(nowMs)],
  );
  return session;
}

/**
 * Ends a person's sessions and links at once: one of them, or all; returns how many there were.
 * @param input.sessionId null: all of them
 * @param input.actor who ends them, for the audit log
 */
export async function endOperatorSessions(
  ledger: Ledger,
  input: {
    readonly operator: string;
    readonly sessionId: string | null;
    readonly actor: string;
    readonly nowMs: number;
  },
): Promise<number> {
  const { operator, sessionId, actor, nowMs } = input;
  return ledger.transaction(async (session) => {
    const ended = await session.read<{ sessionId: string }>(
      `update operator_sessions set ended_at = $3
       where operator = $1 and ($2::text is null or session_id = $2) and ended_at is null
         and coalesce(expires_at, link_expires_at) > $3
       returning session_id as "sessionId"`,
      [operator, sessionId, instant(nowMs)],
    );
    for (const one of ended) {
      audit(session, { operator, actor, action: 'sign_out', ...one, nowMs });
    }
    return ended.length;
  });
}

function audit(
  session: Session,
  entry: {
    readonly operator: string;
    readonly action: 'link' | 'sign_in' | 'sign_out';
    readonly sessionId: string;
    readonly actor?: string;
    readonly nowMs: number;
  },
): void {
  const { operator, sessionId, actor = `operator:${operator}`, nowMs } = entry;
  const action = `operator_session.${entry.action}`;
  const detail = { operator, sessionId };
  insertAudit(session, [{ accountId: houseId, actor, action, detail, occurredAtMs: nowMs }]);
}
