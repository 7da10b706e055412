import { describe, expect, it } from 'vitest';
import { givenSettings, realParts } from '../../local/real-parts.ts';

const none = { database: false, temporal: false, stripe: false, mail: false };

describe('parts the environment replaces', () => {
  it.each([
    ['nothing', {}, none],
    ['empty values', { DATABASE_URL: '', STRIPE_SECRET_KEY: '' }, none],
    ['a database', { DATABASE_URL: 'postgres://db/solvent' }, { ...none, database: true }],
    ['a Temporal address', { TEMPORAL_ADDRESS: 'temporal:7233' }, { ...none, temporal: true }],
    ['a Temporal profile', { TEMPORAL_PROFILE: 'staging' }, { ...none, temporal: true }],
    ['only a Temporal key', { TEMPORAL_API_KEY: 'key' }, none],
    ['a Stripe test key', { STRIPE_SECRET_KEY: 'sk_test_1234' }, { ...none, stripe: true }],
    ['a mail server', { SMTP_URL: 'smtp://mail' }, { ...none, mail: true }],
  ])('%s', (_, environment, expected) => {
    expect(realParts(environment)).toEqual(expected);
  });

  it.each(['sk_live_1234', 'rk_live_1234'])('a live key is refused (%s)', (key) => {
    const start = () => realParts({ STRIPE_SECRET_KEY: key });
    expect(start).toThrow('give it a test key');
    expect(start).not.toThrow(key);
  });

  it('the address for migrations alone is refused: it would migrate what is not used', () => {
    const environment = { MIGRATION_DATABASE_URL: 'postgres://db/solvent' };
    expect(() => realParts(environment)).toThrow('set both or none');
  });

  it('what belongs to a part that is not given reaches nobody', () => {
    const environment = {
      PATH: '/bin',
      STRIPE_DEADLINE_MS: '1000',
      SMTP_URL: 'smtp://mail',
      TEMPORAL_API_KEY: 'of another server',
      STRIPE_PUBLISHABLE_KEY: 'pk_test_of_another_account',
    };
    expect(givenSettings(environment, realParts(environment))).toEqual({
      settings: { SMTP_URL: 'smtp://mail' },
      rest: { PATH: '/bin', STRIPE_DEADLINE_MS: '1000' },
    });
  });
});
