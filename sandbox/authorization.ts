import { Refusal } from './errors.ts';

/** Any test key of the length that the command line tool wants; keys are not accounts here. */
const keyPattern = /^(?:Bearer\s+)?(sk_test_\S{4,})$/;

/** Refuses a request without a key that looks like a test key, by bearer or basic authorization. */
export function refuseWithoutKey(authorization: string | undefined): void {
  const basic = /^Basic\s+(\S+)$/.exec(authorization ?? '')?.[1];
  const given =
    basic === undefined
      ? authorization
      : Buffer.from(basic, 'base64').toString('utf8').split(':')[0];
  if (given === undefined || given === '') {
    throw new Refusal(
      'unauthorized',
      'You did not provide an API key. You need to provide your API key in the Authorization ' +
        "header, using Bearer auth (e.g. 'Authorization: Bearer YOUR_SECRET_KEY').",
    );
  }
  if (keyPattern.test(given)) return;
  const shown = given.replace(/^Bearer\s+/, '');
  const message = `Invalid API Key provided: ${shown.slice(0, 8)}****${shown.slice(-4)}`;
  throw new Refusal('unauthorized', message);
}
