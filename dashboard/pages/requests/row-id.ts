/** The time of a row's id, in milliseconds since the epoch: its highest bits. Null for a text that is no such id. */
export function timeOfRowId(id: string): number | null {
  if (!/^r_[0-7][0-9a-v]{12}$/.test(id)) return null;
  let bits = 0n;
  for (const digit of id.slice(2)) bits = (bits << 5n) | BigInt(Number.parseInt(digit, 32));
  return Number(bits >> 22n);
}
