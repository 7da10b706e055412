import { Refusal } from './errors.ts';

/** The API versions that the sandbox speaks, oldest first. */
const versions = ['2026-08-26.dahlia', '2026-09-30.endive', '2026-10-28.endive'] as const;
export type ApiVersion = (typeof versions)[number];

/** The account's default, for calls without a Stripe-Version header (the command line tool's). */
const defaultVersion: ApiVersion = '2026-08-26.dahlia';
/** The version of the sandbox's own events: the one that the pinned package speaks. */
export const eventVersion: ApiVersion = '2026-10-28.endive';

/** Refuses a version that the sandbox does not know: it would answer in a shape nobody checked. */
export function versionOf(header: string | undefined): ApiVersion {
  if (header === undefined || header === '') return defaultVersion;
  const version = versions.find((known) => known === header);
  if (version === undefined) {
    throw new Refusal(
      'versionUnknown',
      `Invalid Stripe API version: ${header}. The sandbox speaks ${versions.join(', ')}.`,
    );
  }
  return version;
}

/** `payment_method_types` is no longer an input since 2026-09-30.endive. */
export function refusesPaymentMethodTypes(version: ApiVersion): boolean {
  return version !== '2026-08-26.dahlia';
}
