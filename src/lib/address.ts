import { BlockList, isIPv4, isIPv6 } from 'node:net';

/**
 * What an address can reach. `public`: a host of the internet. `private`: this machine, its network, or no host at all. `never`: the
 * metadata services at which clouds serve the credentials of their machines, and link-local addresses, which contain most of them.
 */
export type AddressKind = 'public' | 'private' | 'never';

const PRIVATE = subnets([
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 3],
  // Teredo and documentation, inside a range that is public otherwise.
  ['2001::', 32],
  ['2001:db8::', 32],
]);
const NEVER = subnets([
  ['169.254.0.0', 16],
  // The metadata services of Alibaba, Azure, Amazon (EC2 and EKS), Google and Oracle.
  ['100.100.100.200', 32],
  ['168.63.129.16', 32],
  ['fd00:ec2::', 112],
  ['fd20:ce::254', 128],
  ['fd00:c1::a9fe:a9fe', 128],
  ['fe80::', 10],
]);
const PUBLIC_V6 = subnets([['2000::', 3]]);

const MAPPED = '0:0:0:0:0:ffff:';
/** IPv6 prefixes behind which the address that is really reached is an embedded IPv4 address, and the index of its first group. */
const CARRIERS: readonly (readonly [start: string, at: number])[] = [
  ['0:0:0:0:0:0:', 6],
  [MAPPED, 6],
  ['0:0:0:0:ffff:0:', 6],
  ['64:ff9b:0:0:0:0:', 6],
  ['64:ff9b:1:0:0:0:', 6],
  ['2002:', 1],
];

/** The kind of an IP address, however it is written or embedded; `never` for text that is no IP address. Pure. */
export function addressKind(address: string): AddressKind {
  if (isIPv4(address)) return NEVER.check(address) ? 'never' : PRIVATE.check(address) ? 'private' : 'public';
  const [bare = ''] = address.split('%');
  if (!isIPv6(bare)) return 'never';
  if (NEVER.check(bare, 'ipv6')) return 'never';
  const groups = groupsOf(bare);
  const carrier = CARRIERS.find(([start]) => groups.join(':').startsWith(start));
  if (carrier !== undefined) return addressKind(embeddedAt(groups, carrier[1]));
  return PUBLIC_V6.check(bare, 'ipv6') && !PRIVATE.check(bare, 'ipv6') ? 'public' : 'private';
}

/**
 * The addresses that one client is expected to have, as a text: an IPv4 address alone, also where it is embedded in an IPv6 address
 * (`::ffff:a.b.c.d`), and of any other IPv6 address its /64, because a provider assigns at least that to each client (RFC 6177). Text that is no
 * address is its own network. Pure.
 */
export function networkOf(address: string): string {
  const [bare = ''] = address.split('%');
  if (!isIPv6(bare)) return address;
  const groups = groupsOf(bare);
  return groups.join(':').startsWith(MAPPED) ? embeddedAt(groups, 6) : `${groups.slice(0, 4).join(':')}::/64`;
}

/** Makes the function that says whether an address is in one of these networks, each an address alone or with the bits of its prefix: `10.0.0.0/8`. */
export function addressesIn(networks: readonly string[]): (address: string) => boolean {
  const list = subnets(
    networks.map((network) => {
      const [address = '', bits = isIPv4(address) ? '32' : '128'] = network.split('/');
      return [address, Number(bits)] as const;
    }),
  );
  return (address) => (isIPv4(address) || isIPv6(address)) && list.check(address, isIPv4(address) ? 'ipv4' : 'ipv6');
}

/** The eight groups in lower-case hexadecimal without leading zeros. */
function groupsOf(address: string): readonly string[] {
  // The URL parser writes a dotted tail as groups, and the longest run of zeros as `::`.
  const [head = '', tail] = new URL(`http://[${address}]`).hostname.slice(1, -1).split('::');
  if (tail === undefined) return split(head);
  const [before, after] = [split(head), split(tail)];
  return [...before, ...Array.from({ length: 8 - before.length - after.length }, () => '0'), ...after];
}

function split(text: string): string[] {
  return text === '' ? [] : text.split(':');
}

function embeddedAt(groups: readonly string[], at: number): string {
  const [high = 0, low = 0] = groups.slice(at, at + 2).map((group) => Number.parseInt(group, 16));
  return [high >> 8, high & 0xff, low >> 8, low & 0xff].join('.');
}

function subnets(all: readonly (readonly [address: string, bits: number])[]): BlockList {
  const list = new BlockList();
  for (const [address, bits] of all) list.addSubnet(address, bits, isIPv4(address) ? 'ipv4' : 'ipv6');
  return list;
}
