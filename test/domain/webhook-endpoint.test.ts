import { BlockList } from 'node:net';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { addressKind } from '../../domain/network-addresses.ts';
import {
  disabledBy,
  mostFailingMs,
  nextDeliveryStep,
  refuseWebhookUrl,
  retryDelaysMs,
} from '../../domain/webhook-endpoint.ts';

const answer = (status: number | null, retryAfterMs: number | null = null) => {
  return { status, error: null, retryAfterMs };
};
const hourMs = 3_600_000;
const dayMs = 24 * hourMs;

describe('R63 retries', () => {
  it('go on for three days, with longer and longer waits, then the message is given up', () => {
    const waits: number[] = [];
    for (let attempts = 1, nowMs = 0; ; attempts += 1) {
      const step = nextDeliveryStep(answer(500), attempts, nowMs);
      if (step.state !== 'waiting') {
        expect(step.state).toBe('failed');
        break;
      }
      waits.push(step.nextAttemptAtMs - nowMs);
      nowMs = step.nextAttemptAtMs;
    }
    const [second, minute] = [1_000, 60_000];
    const inHours = [2, 5, 10, 14, 20, 24].map((hours) => hours * hourMs);
    expect(waits).toEqual([5 * second, 5 * minute, 30 * minute, ...inHours]);
    expect(waits.reduce((sum, wait) => sum + wait) / dayMs).toBeCloseTo(3.15, 2);
  });

  it.each([200, 201, 204, 299])('%i is success', (status) => {
    expect(nextDeliveryStep(answer(status), 1, 0)).toEqual({ state: 'delivered' });
  });

  it.each([null, 100, 199, 300, 301, 307, 400, 404, 429, 500, 503])('%j is none', (status) => {
    const nextAttemptAtMs = retryDelaysMs[0];
    expect(nextDeliveryStep(answer(status), 1, 0)).toEqual({ state: 'waiting', nextAttemptAtMs });
  });

  it('wait as long as the receiver asks, a day at most, and never shorter than planned', () => {
    const next = (retryAfterMs: number) => nextDeliveryStep(answer(429, retryAfterMs), 1, 0);
    expect(next(90_000)).toMatchObject({ nextAttemptAtMs: 90_000 });
    expect(next(1)).toMatchObject({ nextAttemptAtMs: 5_000 });
    expect(next(90 * dayMs)).toMatchObject({ nextAttemptAtMs: dayMs });
  });

  it('an endpoint is disabled by 410 at once, else when nothing was taken for five days', () => {
    expect(disabledBy(answer(410), 0, 1)).toBe('gone');
    expect(disabledBy(answer(500), 0, mostFailingMs - 1)).toBeNull();
    expect(disabledBy(answer(null), 0, mostFailingMs)).toBe('failing');
    expect(disabledBy(answer(200), 0, mostFailingMs)).toBeNull();
    expect(disabledBy(answer(500), null, mostFailingMs)).toBeNull();
  });
});

describe('R63 where webhooks may be sent', () => {
  const cases: readonly (readonly [url: string, live: boolean, test: boolean])[] = [
    ['https://hooks.example.com/a?b=c', true, true],
    ['https://hooks.example.com:8443/', true, true],
    ['https://93.184.215.14/', true, true],
    ['https://[2606:2800:21f:cb07:6820:80da:af6b:8b2c]/', true, true],
    ['http://hooks.example.com/', false, false],
    ['http://93.184.215.14/', false, false],
    ['http://127.0.0.1:4000/hooks', false, true],
    ['http://localhost:4000/', false, true],
    ['https://localhost/', false, true],
    ['http://[::1]:4000/', false, true],
    // Other ways to write 127.0.0.1.
    ['http://2130706433/', false, true],
    ['http://0x7f.1/', false, true],
    ['https://[::ffff:127.0.0.1]/', false, true],
    ['https://10.0.0.1/', false, false],
    ['https://172.31.255.255/', false, false],
    ['https://192.168.1.1/', false, false],
    ['https://169.254.169.254/latest/meta-data', false, false],
    ['https://100.64.0.1/', false, false],
    ['https://0.0.0.0/', false, false],
    ['https://[fe80::1]/', false, false],
    ['https://[fd00::1]/', false, false],
    ['https://[::]/', false, false],
    ['https://[::ffff:10.0.0.1]/', false, false],
    ['https://[64:ff9b::a00:1]/', false, false],
    ['https://[2002:a00:1::]/', false, false],
    ['https://metadata.google.internal/', false, false],
    ['https://printer.local/', false, false],
    ['https://intranet/', false, false],
    ['https://user:secret@hooks.example.com/', false, false],
    ['https://hooks.example.com/#part', false, false],
    ['ftp://hooks.example.com/', false, false],
    ['file:///etc/passwd', false, false],
    ['hooks.example.com', false, false],
    [`https://hooks.example.com/${'a'.repeat(2_000)}`, false, false],
  ];

  it.each(cases)('%s: in live mode %s, in test mode %s', (url, live, test) => {
    const isAllowed = (loopbackAllowed: boolean) =>
      refuseWebhookUrl(url, { loopbackAllowed }) === null;
    expect({ live: isAllowed(false), test: isAllowed(true) }).toEqual({ live, test });
  });
});

describe('addresses', () => {
  const special = new BlockList();
  for (const range of [
    ...['0.0.0.0/8', '10.0.0.0/8', '100.64.0.0/10', '127.0.0.0/8', '169.254.0.0/16'],
    ...['172.16.0.0/12', '192.0.0.0/24', '192.0.2.0/24', '192.88.99.0/24', '192.168.0.0/16'],
    ...['198.18.0.0/15', '198.51.100.0/24', '203.0.113.0/24', '224.0.0.0/4', '240.0.0.0/4'],
  ]) {
    const [prefix = '', length] = range.split('/');
    special.addSubnet(prefix, Number(length), 'ipv4');
  }
  const globalV6 = new BlockList();
  globalV6.addSubnet('2000::', 3, 'ipv6');
  const specialV6 = new BlockList();
  for (const [prefix, length] of [
    ...([['2001::', 23] as const, ['2001:db8::', 32], ['2002::', 16], ['3fff::', 20]] as const),
  ]) {
    specialV6.addSubnet(prefix, length, 'ipv6');
  }

  it('of IPv4 are public where Node’s own list of special ranges has them not', () => {
    fc.assert(
      fc.property(fc.ipV4(), (address) => {
        expect(addressKind(address) === 'public').toBe(!special.check(address, 'ipv4'));
        expect(addressKind(address) === 'loopback').toBe(address.startsWith('127.'));
      }),
      { numRuns: 2_000 },
    );
  });

  it('of IPv6 are read however they are written', () => {
    const groups = fc.array(fc.integer({ min: 0, max: 0xffff }), { minLength: 8, maxLength: 8 });
    const first = fc.constantFrom(0x2001, 0x2002, 0x2606, 0x3fff, 0xfe80, 0xfd00, 0xff02, 0x4000);
    fc.assert(
      fc.property(first, groups, fc.ipV6(), (head, rest, other) => {
        const address = [head, ...rest.slice(1)].map((group) => group.toString(16)).join(':');
        const expected =
          globalV6.check(address, 'ipv6') && !specialV6.check(address, 'ipv6')
            ? 'public'
            : 'private';
        expect(addressKind(address)).toBe(expected);
        expect(addressKind(new URL(`http://[${address}]/`).hostname.slice(1, -1))).toBe(expected);
        expect(addressKind(other)).toBeDefined();
      }),
      { numRuns: 1_000 },
    );
  });

  it.each([
    '',
    'example.com',
    '1.2.3',
    '1.2.3.256',
    '1:2:3',
    '1::2::3',
    '::12345',
    ':::',
    '1.2.3.4:80',
  ])('"%s" is none', (text) => {
    expect(addressKind(text)).toBeUndefined();
  });
});
