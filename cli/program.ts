import { Command } from 'commander';
import { addImportVerbs } from './account-import.ts';
import { addAccountVerbs } from './accounts.ts';
import { addApiKeyVerbs } from './api-keys.ts';
import { addBinVerbs } from './bins.ts';
import { addCardVerbs } from './cards.ts';
import { addClockVerbs } from './clock.ts';
import { addCollectionVerbs } from './collections.ts';
import { addGrantVerbs } from './grants.ts';
import { addHoldVerbs } from './holds.ts';
import { addInvoiceRunVerbs } from './invoice-runs.ts';
import { addInvoiceVerbs } from './invoices.ts';
import { addLedgerVerbs } from './ledger.ts';
import { addLinkVerbs } from './links.ts';
import { addOperatorVerbs } from './operators.ts';
import { addPolicyVerbs } from './policies.ts';
import { addPortalLinkVerb } from './portal-links.ts';
import { addPriceVerbs } from './prices.ts';
import { addPurchaseVerbs } from './purchases.ts';
import { addReceiptVerb } from './receipts.ts';
import { addSandboxVerb } from './sandbox.ts';
import type { Session } from './session.ts';
import { addSetupVerb } from './setup.ts';
import { addSimulateVerbs } from './simulate.ts';
import { addStatementVerb } from './statement.ts';
import { addStatusVerb } from './status.ts';
import { addUsageVerbs } from './usage.ts';
import { addWhyVerb } from './why.ts';
import { addWebhookVerbs } from './webhooks.ts';

const exitCodeHelp = `
Exit codes: 0 done; 1 refused, declined or failed; 2 wrong usage or a setting is missing;
3 not known yet, or a part does not answer (repeat with the same --key).

Addresses come from the environment, or from the stack that \`npm start\` runs.`;

/** The whole command line. Throws CommanderError where it is used wrongly, or asked for help. */
export function createProgram(session: Session): Command {
  const program = new Command('solvent')
    .description('Sell, keep and account for prepaid credits')
    .option('--json', 'print results as JSON')
    .addHelpText('after', exitCodeHelp)
    .exitOverride()
    .showHelpAfterError('Add --help for what is possible.')
    .configureOutput({
      outputError: (text, write) => {
        write(text.replace(/^error: /, ''));
      },
    })
    .hook('preAction', (_, action) => {
      session.json = action.optsWithGlobals<{ json?: true }>().json === true;
    });
  addAccountVerbs(program, session);
  addImportVerbs(program, session);
  addCardVerbs(program, session);
  addPurchaseVerbs(program, session);
  addReceiptVerb(program, session);
  const invoices = program.command('invoices').description('What each month cost');
  addInvoiceVerbs(invoices, session);
  addInvoiceRunVerbs(invoices, session);
  addCollectionVerbs(program, session);
  addStatusVerb(program, session);
  addStatementVerb(program, session);
  addWhyVerb(program, session);
  addHoldVerbs(program, session);
  addLinkVerbs(program, session);
  addPortalLinkVerb(program, session);
  addGrantVerbs(program, session);
  addApiKeyVerbs(program, session);
  addOperatorVerbs(program, session);
  addBinVerbs(program, session);
  addWebhookVerbs(program, session);
  addPolicyVerbs(program, session);
  addSimulateVerbs(program, session);
  addPriceVerbs(program, session);
  addUsageVerbs(program, session);
  addClockVerbs(program, session);
  addLedgerVerbs(program, session);
  addSetupVerb(program, session);
  addSandboxVerb(program, session);
  return program;
}
