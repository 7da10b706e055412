import type { Api } from './dependencies.ts';

const introduction = `Billing for usage-priced APIs: accounts, cards, credit purchases.

Amounts are decimal strings in major units ("25.00") with their currency beside them; instants are
ISO 8601 in UTC. Every POST that acts carries an Idempotency-Key of yours: a repeat with the same
key and the same input answers the first outcome and never acts twice. Of a hold its id is the key. What is refused is answered
with a problem document (RFC 9457) whose \`code\` programs can rely on.`;

/** The API's own description, made from the same schemas that check requests. */
export function describeApi(app: Api) {
  app.openAPIRegistry.registerComponent('securitySchemes', 'apiKey', {
    type: 'http',
    scheme: 'bearer',
    description: 'An API key, "sk_…". Its role says what it may do; see `npx solvent api-keys`.',
  });
  app.doc31('/openapi.json', {
    openapi: '3.1.0',
    info: { title: 'Solvent', version: '1', description: introduction },
    servers: [{ url: '/' }],
    security: [{ apiKey: [] }],
    tags: [
      { name: 'Accounts', description: 'Customers, their credits and limits.' },
      { name: 'Access', description: 'May a request run, and if not, why? Holds (R20, R54).' },
      { name: 'Cards', description: 'Credit and debit cards on file.' },
      { name: 'Grants', description: 'Free credits that operators give (R24, R64).' },
      { name: 'Purchases', description: 'Buying credits.' },
      { name: 'Invoices', description: 'What a month cost, and which pot paid (R38–R46).' },
      { name: 'Statements', description: 'What moved, what is left, and what it was used for.' },
      { name: 'Policies', description: 'The values that rules compare with, and when.' },
      { name: 'Usage', description: 'What was used, priced exactly and charged once (R66, R69).' },
      { name: 'Prices', description: 'What usage costs, from when on.' },
      { name: 'Billing page', description: 'The page customers see.' },
      { name: 'Webhooks', description: 'Signed messages to your own servers.' },
      { name: 'System', description: 'Health and webhooks.' },
    ],
  });
}
