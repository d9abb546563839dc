import type { ReportedError } from '../domain/provider-error.ts';

/** A name as vendors quote it, with the path to it: `tools[0].function.strict`. */
const NAME = String.raw`([\w.[\]-]{1,80})`;
const QUOTED = `['"\`]${NAME}['"\`]`;
/** One that is not quoted, where it ends cleanly. */
const BARE = String.raw`([\w.]{0,79}\w)(?![\w[\]-]|\.\w)`;

/**
 * How vendors name what they do not take. A name is read from between its own quotes or brackets, or where it ends cleanly, so that nothing
 * is read that is only the beginning of one.
 */
const PHRASES: readonly RegExp[] = [
  String.raw`unknown name ${QUOTED}`,
  String.raw`unrecognized request arguments? supplied: ${BARE}`,
  String.raw`(?:unsupported|unknown|unrecognized) (?:parameter|argument|field|key)(?:\(?s\)?)?(?: in object)?:? ?\[?${QUOTED}`,
  String.raw`(?<![\w.[\]-])${NAME}: extra inputs are not permitted`,
  String.raw`extra inputs are not permitted, field: ?${QUOTED}`,
  String.raw`property ${QUOTED} is unsupported`,
  String.raw`parameter ${QUOTED} is not a valid field`,
  String.raw`does not support parameters?:? ?\[?${QUOTED}`,
  String.raw`does not support parameter ${BARE}`,
  String.raw`argument not supported on this model: ?${QUOTED}`,
  String.raw`argument not supported on this model: ?${BARE}`,
  String.raw`(?<!\bvalues?:? )${QUOTED} is not supported (?:with|by|for|on) (?:this|the) model`,
  String.raw`additional properties are not allowed \(${QUOTED} was unexpected`,
  String.raw`extraneous key \[([\w.-]{1,80})\] is not permitted`,
].map((phrase) => new RegExp(phrase, 'i'));
/** Pydantic's path to a field, as Python writes it. */
const PATH = /extra_forbidden.{1,20}loc'?: ?\('body', ([\w', -]{1,200})\)/i;
/** Groq says where a property stands before it says which. */
const PLACE = /'(messages\.\d{1,6})' ?: ?property '([\w.]{1,80})' is unsupported/i;
const CODES = /unsupported|unknown|extra_forbidden|unrecognized/;
/** More characters of a message are not read. */
const LONGEST_TEXT = 4096;

/** A parameter that a refusal names. */
export interface Refused {
  /** In our spelling; of something within one the path to it. */
  readonly name: string;
  /** What of the error's words says so; empty where its members do. */
  readonly words: readonly string[];
}

/** The parameter that a 400 or 422 takes offence at, where it names one; of a field of a message the path to it. */
export function refusedParameter(error: ReportedError): Refused | undefined {
  const { param } = error;
  if (param !== null && CODES.test(`${error.code} ${error.type}`)) return { name: spelled(param), words: [] };
  const named = namedIn(error.message.slice(0, LONGEST_TEXT));
  // Where the vendor names another, what the text names is a value of it.
  return param === null || named === undefined || topOf(spelled(param)) === topOf(named.name) ? named : undefined;
}

function namedIn(text: string): Refused | undefined {
  const placed = PLACE.exec(text);
  if (placed !== null) return refused(`${placed[1]}.${placed[2]}`, placed[0]);
  const path = PATH.exec(text);
  if (path !== null) return refused(path[1]?.replaceAll(/[' ]/g, '').replaceAll(',', '.'), path[0]);
  const match = PHRASES.map((each) => each.exec(text)).find((each) => each !== null);
  return refused(match?.[1], match?.[0]);
}

function refused(name: string | undefined, words = ''): Refused | undefined {
  return name === undefined ? undefined : { name: spelled(name), words: [words.toLowerCase()] };
}

function topOf(path: string): string | undefined {
  return path.split(/[.[]/, 1)[0];
}

/** Some name the body before its members, and some write members as they are in their own code. */
function spelled(name: string): string {
  const member = name.replace(/^body\./, '');
  return /^[a-z]+(?:[A-Z][a-z]+)+$/.test(member)
    ? member.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)
    : member;
}
