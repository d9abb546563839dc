/** Matches runs of percent-encoded bytes, escapes of JSON and of programs, and HTML entities. */
export const ESCAPE =
  /(?<bytes>(?:%[0-9a-f]{2})+)|(?:\\u|%u)(?<unit>[0-9a-f]{4})|\\x(?<byte>[0-9a-f]{2})|\\(?<sign>["'\\/bfnrt])|&#x0{0,8}(?<hex>[0-9a-f]{1,6});?|&#0{0,8}(?<decimal>\d{1,7});?|&(?<name>[a-z]{2,8});/gi;
const CONTROL: Readonly<Record<string, string>> = { b: '\b', f: '\f', n: '\n', r: '\r', t: '\t' };
/** Entities of the characters that occur in keys, tokens and URLs. */
const ENTITIES: ReadonlyMap<string, string> = new Map(
  Object.entries({
    amp: '&',
    lt: '<',
    gt: '>',
    quot: '"',
    apos: "'",
    sol: '/',
    bsol: '\\',
    plus: '+',
    equals: '=',
    lowbar: '_',
    hyphen: '-',
    dash: '-',
    period: '.',
    colon: ':',
    num: '#',
    excl: '!',
    percnt: '%',
    commat: '@',
    dollar: '$',
    ast: '*',
    tilde: '~',
    nbsp: ' ',
  }),
);

/** A character that was escaped. */
export interface Decoded {
  readonly character: string;
  /** Length of its escape. */
  readonly length: number;
}

/** The characters that a match of `ESCAPE` stands for, given with its groups; undefined where it is no escape. */
export function charactersOf(
  escape: string,
  groups: Readonly<Record<string, string | undefined>>,
): Decoded[] | undefined {
  const { bytes, unit, byte, sign, hex, decimal, name } = groups;
  if (bytes !== undefined) return utf8Of(Buffer.from(bytes.replaceAll('%', ''), 'hex'));
  const character =
    sign !== undefined
      ? (CONTROL[sign] ?? sign)
      : name !== undefined
        ? ENTITIES.get(name.toLowerCase())
        : fromCode(decimal === undefined ? Number.parseInt(unit ?? byte ?? hex ?? '', 16) : Number(decimal));
  return character === undefined ? undefined : [{ character, length: escape.length }];
}

function fromCode(code: number): string | undefined {
  return code <= 0x10ffff ? String.fromCodePoint(code) : undefined;
}

/** Percent-encoded bytes as the characters that they are in UTF-8, or each by itself where they are none. */
function utf8Of(bytes: Buffer): Decoded[] {
  const characters: Decoded[] = [];
  for (let at = 0; at < bytes.length;) {
    const lead = bytes[at] ?? 0;
    const size = lead < 0xc0 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
    const character = bytes.toString('utf8', at, at + size);
    const isWhole = size > 1 && at + size <= bytes.length && !character.includes('\ufffd');
    characters.push(isWhole ? { character, length: 3 * size } : { character: String.fromCodePoint(lead), length: 3 });
    at += isWhole ? size : 1;
  }
  return characters;
}
