import { join, relative } from 'node:path';
import type { Demonstration } from './demonstration.ts';
import type { RealParts } from './real-parts.ts';

/** Where everything is, one line each: what a person looks for first stands first. */
export function linkTable(stack: {
  settings: Readonly<Record<string, string>>;
  real: RealParts;
  mailboxUrl: string | undefined;
  demonstration: Demonstration;
  folder: string;
}): string {
  const { settings, real, demonstration } = stack;
  const given = (name: string) => `given by ${name}`;
  const rows: [string, string | undefined][] = [
    ['Billing page', demonstration.portalUrl],
    ['Operators’ pages', demonstration.operatorUrl],
    ['API and its documents', `${settings['PUBLIC_URL'] ?? ''}/docs`],
    ['Temporal UI', real.temporal ? given('TEMPORAL_ADDRESS') : settings['TEMPORAL_UI_URL']],
    ['Stripe sandbox', real.stripe ? given('STRIPE_SECRET_KEY') : settings['STRIPE_API_BASE']],
    ['Mailbox', real.mail ? given('SMTP_URL') : stack.mailboxUrl],
    ['PostgreSQL', real.database ? given('DATABASE_URL') : settings['DATABASE_URL']],
    ['Demonstration account', demonstration.accountId],
    ['Its API key (billing)', demonstration.apiKey],
    [
      'Buy from here',
      `npx solvent purchase ${demonstration.accountId} 25 --payment-method pm_card_visa`,
    ],
    ['Logs', join(relative(process.cwd(), stack.folder), 'logs')],
  ];
  const width = Math.max(...rows.map(([name]) => name.length));
  return rows.map(([name, value]) => `  ${name.padEnd(width)}  ${value ?? '-'}`).join('\n');
}
