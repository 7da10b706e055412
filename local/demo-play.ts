import { setTimeout as sleep } from 'node:timers/promises';
import type { AccessAnswer } from '../domain/access-answer.ts';
import type { HoldAnswer } from '../domain/hold-answer.ts';
import type { AccountResource } from '../http/account-resource.ts';
import { until, type Answer, type Doors } from './demo-doors.ts';
import type { Place, Teller } from './demo-teller.ts';

/** The account whose month is played, the ways to it, and who tells of it. */
export interface Play {
  readonly doors: Doors;
  readonly teller: Teller;
  readonly accountId: string;
  /** Where its mails go: new each time, so that they are found. */
  readonly email: string;
}

/** A problem document (RFC 9457), as far as the month tells of it. */
export interface Problem {
  readonly code: string;
  readonly rule: string;
  readonly detail: string;
  readonly access?: AccessAnswer;
}

export const dayMs = 86_400_000;
export const hourMs = 3_600_000;

export function showAccount({ doors, accountId }: Play): Promise<AccountResource> {
  return doors.call('backend', 'GET', `/v1/accounts/${accountId}`);
}

/** May a request run now, and why not. */
export function askAccess({ doors, accountId }: Play): Promise<AccessAnswer> {
  return doors.call('backend', 'GET', `/v1/accounts/${accountId}/access`);
}

/** A gateway asks for one request that may cost so much. */
export function placeHold(
  { doors, accountId }: Play,
  hold: { readonly id: string; readonly cost: string; readonly model: string },
): Promise<Answer<HoldAnswer & Problem>> {
  return doors.ask('gateway', 'POST', '/v1/holds', { account: accountId, ...hold });
}

/** The account's own time. */
export async function nowOf(play: Play): Promise<number> {
  return Date.parse((await askAccess(play)).at);
}

/** A call moves time on by 400 days at most. */
const farthestMs = 399 * dayMs;

/** Moves the account's time on to an instant, and the stand-in for Stripe with it. */
export async function moveTo(play: Play, toMs: number): Promise<void> {
  const { doors, accountId } = play;
  for (let atMs = await nowOf(play); atMs < toMs;) {
    atMs = Math.min(toMs, atMs + farthestMs);
    const path = `/v1/accounts/${accountId}/clock/advance`;
    await doors.call('operator', 'POST', path, { to: new Date(atMs).toISOString() });
  }
}

/** The newest mail to the account whose subject fits; none where mails go elsewhere. */
export async function mailAbout({ doors, email }: Play, subject: RegExp): Promise<Place[]> {
  const { mailboxUrl } = doors;
  if (mailboxUrl === undefined) return [];
  const find = async () =>
    (await mailsTo(mailboxUrl, email)).find((one) => subject.test(one.subject));
  const mail = (await find()) ?? (await sweptMail(doors, find));
  return [[`the mail “${mail.subject}”`, `${mailboxUrl}/mails/${mail.id}`]];
}

/** Most mails go out with the sweep, which comes each minute of the real clock: nobody waits for it. */
function sweptMail(doors: Doors, find: () => Promise<Mail | undefined>): Promise<Mail> {
  return until('The mail about it', async () => {
    await doors.sweep();
    await sleep(sweepMs);
    return find();
  });
}

const sweepMs = 700;

interface Mail {
  readonly id: string;
  readonly subject: string;
}

/** Newest first. */
export async function mailsTo(mailboxUrl: string, email: string): Promise<readonly Mail[]> {
  const answer = await fetch(`${mailboxUrl}/api/mails?to=${encodeURIComponent(email)}`);
  return ((await answer.json()) as { mails: Mail[] }).mails;
}

/** "$12.50" for "12.50". */
export function dollars(amount: string | null): string {
  return amount === null ? '$?' : `$${amount}`;
}
