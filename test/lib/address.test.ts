import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type AddressKind, addressKind, networkOf } from '../../src/lib/address.ts';

const KINDS: Readonly<Record<AddressKind, readonly string[]>> = {
  public: [
    '1.1.1.1',
    '8.8.8.8',
    '172.15.255.255',
    '172.32.0.0',
    '100.63.0.1',
    '100.128.0.1',
    '2606:4700::1111',
    '2a00::1',
  ],
  private: [
    '0.0.0.0 10.0.0.1 100.64.0.1 127.0.0.1 127.255.255.254 172.16.0.1 172.31.255.255',
    '192.168.0.1 192.0.0.8 198.18.0.1 224.0.0.1 240.0.0.1 255.255.255.255',
    ':: ::1 fc00::1 fd12::1 fec0::1 ff02::1 64:ff9b:1::1 2001::1 2001:db8::1 4000::1',
  ].flatMap((line) => line.split(' ')),
  never: [
    '169.254.169.254',
    '169.254.0.1',
    '100.100.100.200',
    '168.63.129.16',
    'fe80::1',
    'fe80::1%eth0',
    'fd00:ec2::254',
    'fd00:ec2::23',
    'fd20:ce::254',
    'fd00:c1::a9fe:a9fe',
    '64:ff9b:1::a9fe:a9fe',
  ],
};

test.each(Object.entries(KINDS).flatMap(([kind, all]) => all.map((address) => [address, kind])))(
  '%s is %s',
  (address, kind) => {
    expect(addressKind(address)).toBe(kind);
  },
);

/** Four octets as two groups of IPv6. */
const hex = (octets: readonly number[]): string =>
  [0, 2].map((at) => (((octets[at] ?? 0) << 8) | (octets[at + 1] ?? 0)).toString(16)).join(':');

describe('an embedded IPv4 address keeps its kind', () => {
  const WRAPPED: Readonly<Record<string, (dotted: string, hexadecimal: string) => string>> = {
    'an IPv4-mapped address': (dotted) => `::ffff:${dotted}`,
    'an IPv4-mapped address in hexadecimal': (_, hexadecimal) => `::FFFF:${hexadecimal}`,
    'an IPv4-mapped address written out': (_, hexadecimal) => `0:0:0:0:0:ffff:${hexadecimal}`,
    'an IPv4-compatible address': (dotted) => `::${dotted}`,
    'an IPv4-translated address': (dotted) => `::ffff:0:${dotted}`,
    'a NAT64 address': (dotted) => `64:ff9b::${dotted}`,
    'a 6to4 address': (_, hexadecimal) => `2002:${hexadecimal}::1`,
  };
  test.each(Object.entries(WRAPPED))('%s', (_, wrap) => {
    fc.assert(
      fc.property(fc.array(fc.nat(255), { minLength: 4, maxLength: 4 }), (octets) => {
        const dotted = octets.join('.');
        expect(addressKind(wrap(dotted, hex(octets)))).toBe(addressKind(dotted));
      }),
    );
    for (const [kind, all] of Object.entries(KINDS))
      for (const dotted of all.filter((address) => !address.includes(':')))
        expect(addressKind(wrap(dotted, hex(dotted.split('.').map(Number))))).toBe(kind);
  });
});

test('text that is no address is never connected to', () => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      expect(addressKind(`${text.replaceAll('%', '')} x`)).toBe('never');
    }),
  );
});

test.each([
  ['203.0.113.7', '203.0.113.7'],
  ['::ffff:203.0.113.7', '203.0.113.7'],
  ['::FFFF:CB00:7107', '203.0.113.7'],
  ['0:0:0:0:0:ffff:203.0.113.7', '203.0.113.7'],
  ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
  ['2001:0DB8:0001:0002::', '2001:db8:1:2::/64'],
  ['2001:db8::1', '2001:db8:0:0::/64'],
  ['fe80::1%eth0', 'fe80:0:0:0::/64'],
  ['::1', '0:0:0:0::/64'],
  ['::fffe:203.0.113.7', '0:0:0:0::/64'],
  ['unknown', 'unknown'],
])('the network of %s is %s', (address, network) => {
  expect(networkOf(address)).toBe(network);
});
