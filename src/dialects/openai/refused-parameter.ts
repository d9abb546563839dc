import type { ReportedError } from '../../domain/vendor-error.ts';

/** How vendors name what they do not take. */
const PHRASES: readonly RegExp[] = [
  /unknown name "([\w.[\]]{1,80})"/i,
  /unrecognized request arguments? supplied: ([\w.]{1,80})/i,
  /(?:unsupported|unknown|unrecognized) (?:parameter|value|argument|field|key)(?:\(?s\)?)?:? ?[`'"]([\w.]{1,80})/i,
  /(?<![\w.])([\w.]{1,80}): extra inputs are not permitted/i,
  /extra_forbidden.{1,20}loc'?: ?\('body', '(\w{1,80})'/i,
  /property '([\w.]{1,80})' is unsupported/i,
  /parameter '([\w.]{1,80})' is not a valid field/i,
  /does not support parameter '?([\w.]{1,80}\w)/i,
  /argument not supported on this model: '?(\w{1,80})/i,
];
/** Groq says where a property stands before it says which. */
const PLACE = /'(messages\.\d{1,6})' ?: ?property '([\w.]{1,80})' is unsupported/i;
const CODES = /unsupported|unknown|extra_forbidden|unrecognized/;
/** More characters of a message are not read. */
const LONGEST_TEXT = 4096;

/** The parameter that a 400 or 422 takes offence at, in our spelling, where it names one; of a field of a message the path to it. */
export function refusedParameter(error: ReportedError): string | undefined {
  if (error.param !== null && CODES.test(`${error.code} ${error.type}`)) return spelled(error.param);
  const text = error.message.slice(0, LONGEST_TEXT);
  const [, message, property] = PLACE.exec(text) ?? [];
  if (message !== undefined) return `${message}.${property}`;
  const named = PHRASES.map((each) => each.exec(text)?.[1]).find((each) => each !== undefined);
  return named === undefined ? undefined : spelled(named);
}

/** Some name the body before its members, and some write members as they are in their own code. */
function spelled(name: string): string {
  const member = name.replace(/^body\./, '');
  return /^[a-z]+(?:[A-Z][a-z]+)+$/.test(member)
    ? member.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)
    : member;
}
