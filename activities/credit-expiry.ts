import { announceExpiry, expireCredits, type LotPageOutcome } from '../ledger/credit-expiry.ts';
import type { Dependencies } from './dependencies.ts';

export interface CreditExpiryPage {
  /** The clock; each account's own time is reckoned from it. */
  readonly nowMs: number;
  readonly after: string | null;
}

/** Lots a page: one transaction, whose locks other changes wait for. */
const limit = 100;

/** Activities of the expiry run; each works one page off. */
export const createCreditExpiryActivities = ({ ledger, policies }: Dependencies) => ({
  async expireCredits(page: CreditExpiryPage): Promise<LotPageOutcome> {
    return expireCredits(ledger, { ...page, limit }, await policies.read());
  },

  async announceExpiry(page: CreditExpiryPage): Promise<LotPageOutcome> {
    return announceExpiry(ledger, { ...page, limit }, await policies.read());
  },
});
