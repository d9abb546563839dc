/**
 * The weight, from 0 to 1, that a list such as `accept` or `accept-encoding` gives to a name (RFC 9110, 12.4.2); undefined where the list does not
 * have the name. `*` is a name like any other: nothing matches it but itself.
 */
export function weightOf(list: string, name: string): number | undefined {
  for (const item of list.split(',')) {
    const [named = '', ...parameters] = item.split(';').map((part) => part.trim().toLowerCase());
    if (named !== name) continue;
    const weight = parameters.find((each) => each.startsWith('q='))?.slice(2);
    if (weight === undefined) return 1;
    return /^(?:0(?:\.\d{0,3})?|1(?:\.0{0,3})?)$/.test(weight) ? Number(weight) : 0;
  }
  return undefined;
}
