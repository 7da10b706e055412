import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { readConfig, withRunningStack } from '../../config.ts';

const database = 'postgres://solvent_app:pass@127.0.0.1:5432/solvent';

describe('settings', () => {
  it.each([
    ['DATABASE_URL', 'mysql://hidden@host/db', 'a PostgreSQL address'],
    ['STRIPE_SECRET_KEY', 'pk_test_hidden', 'a Stripe key such as sk_test_…'],
    ['STRIPE_WEBHOOK_SECRET', 'whsec_a,hidden', 'one or more whsec_…'],
    ['STRIPE_API_BASE', 'hidden', 'an address such as https://'],
    ['STRIPE_REQUESTS_PER_SECOND', '0', 'a whole number from 1 to 1000'],
    ['STRIPE_REQUESTS_PER_SECOND', '2.5', 'a whole number from 1 to 1000'],
    ['HTTP_PORT', '65536', 'a whole number from 0 to 65535'],
    ['SMTP_URL', 'http://hidden', 'smtp://host:port'],
    ['MAIL_FROM', 'hidden\r\nBcc: all@example.com', 'an address such as billing@example.com'],
    ['LOG_LEVEL', 'hidden', 'one of trace, debug'],
  ])(
    'a bad %s (%s) is named with what is allowed, its value is not shown',
    (name, value, words) => {
      const read = () => readConfig([], { [name]: value });
      expect(read).toThrow(`${name} must be ${words}`);
      expect(read).not.toThrow('hidden');
    },
  );

  it('all that is wrong or missing is told at once', () => {
    expect(() => readConfig(['DATABASE_URL', 'SMTP_URL'], { HTTP_PORT: 'x' })).toThrow(
      /HTTP_PORT must be .*\nDATABASE_URL is missing: .*\nSMTP_URL is missing: /,
    );
  });

  it('an empty value is no value', () => {
    expect(readConfig([], { HTTP_PORT: '', DATABASE_URL: ' ' })).toMatchObject({
      HTTP_PORT: 3000,
      PUBLIC_URL: 'http://127.0.0.1:3000',
    });
    expect(() => readConfig(['DATABASE_URL'], { DATABASE_URL: '' })).toThrow('is missing');
  });

  it('webhook secrets can be several, for a rotation', () => {
    const { STRIPE_WEBHOOK_SECRET } = readConfig([], { STRIPE_WEBHOOK_SECRET: 'whsec_a, whsec_b' });
    expect(STRIPE_WEBHOOK_SECRET).toEqual(['whsec_a', 'whsec_b']);
  });

  it('a live key is never sent to another address than Stripe', () => {
    expect(() =>
      readConfig([], {
        STRIPE_SECRET_KEY: 'sk_live_hidden',
        STRIPE_API_BASE: 'http://127.0.0.1:1',
      }),
    ).toThrow('STRIPE_API_BASE must be absent with a live STRIPE_SECRET_KEY');
  });
});

describe('settings of the running stack', () => {
  const folder = mkdtempSync(join(tmpdir(), 'solvent-test-'));
  const file = join(folder, 'stack.env');
  afterAll(() => {
    rmSync(folder, { recursive: true, force: true });
  });
  writeFileSync(file, `DATABASE_URL='${database}'\nSTRIPE_SECRET_KEY='sk_test_sandbox'\n`);

  it('complete an environment that names no deployment', () => {
    expect(withRunningStack({ LOG_LEVEL: 'debug' }, file)).toEqual({
      LOG_LEVEL: 'debug',
      DATABASE_URL: database,
      STRIPE_SECRET_KEY: 'sk_test_sandbox',
    });
  });

  it.each([
    { DATABASE_URL: 'postgres://production/solvent' },
    { STRIPE_SECRET_KEY: 'sk_live_production' },
    { TEMPORAL_ADDRESS: 'production:7233' },
    { SMTP_URL: 'smtp://production' },
  ])('are not mixed with another deployment (%o)', (environment) => {
    expect(withRunningStack(environment, file)).toEqual(environment);
  });

  it('change nothing where no stack runs', () => {
    expect(withRunningStack({ LOG_LEVEL: 'info' }, `${file}.absent`)).toEqual({
      LOG_LEVEL: 'info',
    });
  });
});
