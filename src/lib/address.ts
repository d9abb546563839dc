import { BlockList, isIPv4, isIPv6 } from 'node:net';

/**
 * Who can stand behind an address. `public`: a host of the internet. `private`: this machine, its network, or nobody at all. `never`: what
 * clouds tell their machines' credentials at, and link-local addresses, among which that is.
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
  // Teredo and documentation, inside what is public otherwise.
  ['2001::', 32],
  ['2001:db8::', 32],
]);
const NEVER = subnets([
  ['169.254.0.0', 16],
  // Alibaba's, Azure's, Amazon's (EC2 and EKS), Google's and Oracle's.
  ['100.100.100.200', 32],
  ['168.63.129.16', 32],
  ['fd00:ec2::', 112],
  ['fd20:ce::254', 128],
  ['fd00:c1::a9fe:a9fe', 128],
  ['fe80::', 10],
]);
const PUBLIC_V6 = subnets([['2000::', 3]]);

/** Where an IPv6 address carries an IPv4 one that is really reached: the groups before it, and at which group it stands. */
const CARRIERS: readonly (readonly [start: string, at: number])[] = [
  ['0:0:0:0:0:0:', 6],
  ['0:0:0:0:0:ffff:', 6],
  ['0:0:0:0:ffff:0:', 6],
  ['64:ff9b:0:0:0:0:', 6],
  ['64:ff9b:1:0:0:0:', 6],
  ['2002:', 1],
];

/** What kind an IP address is of, whatever it is written as or wrapped into; `never` for what is none. Pure. */
export function addressKind(address: string): AddressKind {
  if (isIPv4(address)) return NEVER.check(address) ? 'never' : PRIVATE.check(address) ? 'private' : 'public';
  const [bare = ''] = address.split('%');
  if (!isIPv6(bare)) return 'never';
  if (NEVER.check(bare, 'ipv6')) return 'never';
  const groups = groupsOf(bare);
  const carrier = CARRIERS.find(([start]) => groups.join(':').startsWith(start));
  if (carrier !== undefined) return addressKind(carriedAt(groups, carrier[1]));
  return PUBLIC_V6.check(bare, 'ipv6') && !PRIVATE.check(bare, 'ipv6') ? 'public' : 'private';
}

/** The eight groups in lower-case hexadecimal without leading zeros. */
function groupsOf(address: string): readonly string[] {
  // The URL parser writes a dotted tail as groups, and the longest run of zeros as `::`.
  const [left = '', right] = new URL(`http://[${address}]`).hostname.slice(1, -1).split('::');
  if (right === undefined) return split(left);
  const [before, after] = [split(left), split(right)];
  return [...before, ...Array.from({ length: 8 - before.length - after.length }, () => '0'), ...after];
}

function split(text: string): string[] {
  return text === '' ? [] : text.split(':');
}

function carriedAt(groups: readonly string[], at: number): string {
  const [high = 0, low = 0] = groups.slice(at, at + 2).map((group) => Number.parseInt(group, 16));
  return [high >> 8, high & 0xff, low >> 8, low & 0xff].join('.');
}

function subnets(all: readonly (readonly [address: string, bits: number])[]): BlockList {
  const list = new BlockList();
  for (const [address, bits] of all) list.addSubnet(address, bits, isIPv4(address) ? 'ipv4' : 'ipv6');
  return list;
}
