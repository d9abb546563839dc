const hexOf = (character: string): string => character.charCodeAt(0).toString(16);
const each = (text: string, spell: (character: string, at: number) => string): string =>
  Array.from(text, spell).join('');
const someOf = (text: string, spell: (character: string) => string): string =>
  each(text, (character, at) => (at % 3 === 0 ? spell(character) : character));

/** Encodings in which a text may hold a secret. */
export const ENCODINGS: Readonly<Record<string, (text: string) => string>> = {
  'as it is': (text) => text,
  'in capitals': (text) => text.toUpperCase(),
  'in small letters': (text) => text.toLowerCase(),
  'in base64': (text) => Buffer.from(text).toString('base64'),
  'in base64 without padding': (text) => Buffer.from(text).toString('base64').replaceAll('=', ''),
  'in base64url': (text) => Buffer.from(text).toString('base64url'),
  'in base64 behind one byte': (text) => Buffer.from(`:${text}`).toString('base64'),
  'in base64 behind two bytes': (text) => Buffer.from(`u:${text}`).toString('base64'),
  'in base64 between others': (text) => Buffer.from(`{"user":"me","key":"${text}","more":[1,2]}`).toString('base64'),
  'in base64 with line breaks': (text) => Buffer.from(`user:${text}`).toString('base64').replaceAll(/.{10}/g, '$&\r\n'),
  'in base64, percent-encoded': (text) => encodeURIComponent(Buffer.from(`~~?>${text}`).toString('base64')),
  'in base64, in escaped JSON': (text) =>
    Buffer.from(`??>${text}`)
      .toString('base64')
      .replaceAll('/', String.raw`\/`)
      .replaceAll('+', String.raw`\u002b`),
  'in hexadecimal digits': (text) => Buffer.from(text).toString('hex'),
  'in capital hexadecimal digits': (text) => Buffer.from(text).toString('hex').toUpperCase(),
  'in hexadecimal digits between others': (text) => Buffer.from(`user=${text}&a=b`).toString('hex'),
  'in bytes with colons': (text) => each(text, (character, at) => (at === 0 ? '' : ':') + hexOf(character)),
  'percent-encoded': (text) => each(text, (character) => `%${hexOf(character)}`),
  'percent-encoded in part': (text) => someOf(text, (character) => `%${hexOf(character).toUpperCase()}`),
  'percent-encoded twice': (text) => someOf(text, (character) => `%25${hexOf(character)}`),
  'in decimal entities': (text) => each(text, (character) => `&#${character.charCodeAt(0)};`),
  'in hexadecimal entities': (text) => each(text, (character) => `&#x${hexOf(character).toUpperCase()};`),
  'in padded entities in part': (text) => someOf(text, (character) => `&#x00${hexOf(character)};`),
  'in named entities': (text) => text.replaceAll('-', '&hyphen;').replaceAll('_', '&lowbar;'),
  'in entities, escaped again': (text) => someOf(text, (character) => `&amp;#${character.charCodeAt(0)};`),
  'in escapes of JSON': (text) => each(text, (character) => String.raw`\u00${hexOf(character)}`),
  'in escapes of JSON in JSON': (text) =>
    someOf(text, (character) => String.raw`\\u00${hexOf(character).toUpperCase()}`),
  'in escapes of a program': (text) => someOf(text, (character) => String.raw`\x${hexOf(character)}`),
};

/** The length of the longest piece of `shown` that a text still has. What `neutral` has too, which holds no secret, does not count. */
export function leaked(text: string, { shown, neutral }: { readonly shown: string; readonly neutral: string }): number {
  let longest = 0;
  for (let from = 0; from < shown.length; from++)
    for (let piece = shown.slice(from, from + longest + 1); from + longest < shown.length && text.includes(piece);) {
      if (neutral.includes(piece)) break;
      longest++;
      piece = shown.slice(from, from + longest + 1);
    }
  return longest;
}
