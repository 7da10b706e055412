import type { Command } from 'commander';
import type { Session } from './session.ts';

/** What may stand first on the command line: one verb, or several about one thing. */
interface Verb {
  readonly name: string;
  readonly description: string;
  /** Imports what gives the command its arguments, options and verbs. */
  readonly load: () => Promise<(command: Command, session: Session) => void>;
}

/** In the order in which `--help` lists them. Each is loaded when it is asked for. */
export const verbs: readonly Verb[] = [
  {
    name: 'accounts',
    description: 'Customers’ accounts',
    load: async () => (await import('./accounts.ts')).addAccountVerbs,
  },
  {
    name: 'import',
    description: 'Bring in an existing business',
    load: async () => (await import('./account-import.ts')).addImportVerbs,
  },
  {
    name: 'cards',
    description: 'Cards on file',
    load: async () => (await import('./cards.ts')).addCardVerbs,
  },
  {
    name: 'purchase',
    description: 'buy credits: charge a card now',
    load: async () => (await import('./purchases.ts')).addPurchaseVerb,
  },
  {
    name: 'confirm',
    description: 'look at a purchase now: the customer is back from the bank',
    load: async () => (await import('./purchases.ts')).addConfirmVerb,
  },
  {
    name: 'receipts',
    description: 'write the receipt of a purchase as PDF',
    load: async () => (await import('./receipts.ts')).addReceiptVerb,
  },
  {
    name: 'invoices',
    description: 'What each month cost',
    load: async () => (await import('./invoices.ts')).addInvoiceVerbs,
  },
  {
    name: 'collections',
    description: 'What is past due, and why',
    load: async () => (await import('./collections.ts')).addCollectionVerbs,
  },
  {
    name: 'status',
    description: 'tell the story of a purchase, or how an account stands',
    load: async () => (await import('./status.ts')).addStatusVerb,
  },
  {
    name: 'statement',
    description: 'tell what moved an account’s money, and what usage cost',
    load: async () => (await import('./statement.ts')).addStatementVerb,
  },
  {
    name: 'why',
    description: 'say whether an account’s requests can run, why not, and what would help',
    load: async () => (await import('./why.ts')).addWhyVerb,
  },
  {
    name: 'holds',
    description: 'What running requests have reserved',
    load: async () => (await import('./holds.ts')).addHoldVerbs,
  },
  {
    name: 'links',
    description: 'Links that lead customers to the bank’s page',
    load: async () => (await import('./links.ts')).addLinkVerbs,
  },
  {
    name: 'portal-link',
    description: 'make a link that opens an account’s billing page, good for an hour',
    load: async () => (await import('./portal-links.ts')).addPortalLinkVerb,
  },
  {
    name: 'grants',
    description: 'Free credits that operators give',
    load: async () => (await import('./grants.ts')).addGrantVerbs,
  },
  {
    name: 'api-keys',
    description: 'Keys for the HTTP API',
    load: async () => (await import('./api-keys.ts')).addApiKeyVerbs,
  },
  {
    name: 'operators',
    description: 'People at the operators’ pages',
    load: async () => (await import('./operators.ts')).addOperatorVerbs,
  },
  {
    name: 'bins',
    description: 'Ranges of card numbers that say what is prepaid',
    load: async () => (await import('./bins.ts')).addBinVerbs,
  },
  {
    name: 'webhooks',
    description: 'Signed messages to your own and to customers’ servers',
    load: async () => (await import('./webhooks.ts')).addWebhookVerbs,
  },
  {
    name: 'policies',
    description: 'Versioned values that the rules compare with, and when each is in force',
    load: async () => (await import('./policies.ts')).addPolicyVerbs,
  },
  {
    name: 'simulate',
    description: 'What would come of another policy',
    load: async () => (await import('./simulate.ts')).addSimulateVerbs,
  },
  {
    name: 'prices',
    description: 'What usage costs, from when on',
    load: async () => (await import('./prices.ts')).addPriceVerbs,
  },
  {
    name: 'usage',
    description: 'What was used, charged once',
    load: async () => (await import('./usage.ts')).addUsageVerbs,
  },
  {
    name: 'clock',
    description: 'Test accounts’ own time',
    load: async () => (await import('./clock.ts')).addClockVerbs,
  },
  {
    name: 'ledger',
    description: 'The double-entry ledger',
    load: async () => (await import('./ledger.ts')).addLedgerVerbs,
  },
  {
    name: 'setup',
    description: 'prepare a Temporal namespace: search attributes, retention, Schedules',
    load: async () => (await import('./setup.ts')).addSetupVerb,
  },
  {
    name: 'sandbox',
    description: 'run the stand-in for Stripe alone, until ctrl-C',
    load: async () => (await import('./sandbox.ts')).addSandboxVerb,
  },
];
