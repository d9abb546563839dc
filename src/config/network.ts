import { isIP } from 'node:net';
import { z } from 'zod';

/** Schema of an address, or a network of addresses by the bits of its prefix. */
export const network = z.string().refine(isNetwork, 'must be an address like 10.0.0.7 or a network like 10.0.0.0/8');

function isNetwork(text: string): boolean {
  const [address = '', bits, ...rest] = text.split('/');
  const longest = longestPrefix(address);
  return (
    longest > 0 && rest.length === 0 && (bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= longest))
  );
}

function longestPrefix(address: string): number {
  return { 0: -1, 4: 32, 6: 128 }[isIP(address)] ?? -1;
}

/** The fewest bits of a prefix that is not too wide for the proxies of one operator: 10.0.0.0/8, and what providers assign to one site. */
const FEWEST_BITS: Readonly<Record<number, number>> = Object.freeze({ 4: 8, 6: 32 });

/** Whether a network has more addresses than one operator's proxies can need. Pure. */
export function isWideNetwork(text: string): boolean {
  const [address = '', bits] = text.split('/');
  return bits !== undefined && Number(bits) < (FEWEST_BITS[isIP(address)] ?? 0);
}
