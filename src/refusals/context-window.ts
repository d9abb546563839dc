import { COUNT, countOf } from './count-in-text.ts';
import type { Words } from './error-words.ts';

const CODE = /context_length_exceeded|exceed_context_size|request_too_large/;

/**
 * The phrases in which vendors say that a prompt does not fit the model's window. `#` is the window, never the size of what was asked.
 */
const PHRASES: readonly RegExp[] = [
  'maximum (?:context|prompt) l(?:ength|imit)(?:(?: is| of|:)? ?#)?',
  'max(?:imum)? context length',
  String.raw`exceed context limit(?:: ?[\d ,+]{1,40}> ?#)?`,
  String.raw`longer than the model's context length(?: \(#)?`,
  'input tokens exceed the configured limit(?: of #)?',
  String.raw`exceeds the available context size(?: \(#)?`,
  String.raw`exceeds the maximum number of tokens allowed(?: \(#)?`,
  String.raw`current length is \d[\d,]{0,20} while limit is #`,
  'maximum input length (?:is|of) #',
  String.raw`prompt is too long(?:: ?\d[\d,_]{0,20} tokens > # maximum)?`,
  String.raw`prompt tokens \(\d[\d,]{0,20}\) exceed model maximum(?: \(#)?`,
  'too large for model(?: with # maximum)?',
  String.raw`range of input length should be(?: \[\d{1,15}, ?#)?`,
  '`inputs`(?: tokens)? \\+ `max_new_tokens` must be(?: <= ?#)?',
  '`inputs` must have less than # tokens',
  'context length of only #',
  String.raw`exceeded this model context window limit(?: \(#)?`,
  'tokens in the prompt cannot exceed #',
  "input is too long|too many input tokens|expected maxlength|exceed model maximum|exceeds? (?:the |this )?(?:model's )?context window|context[_ ](?:length|window)[_ ](?:is )?exceeded|reduce the length of (?:the|your) (?:messages|prompt|input)",
].map((phrase) => new RegExp(phrase.replace('#', String.raw`(?:(${COUNT})|\d)`)));

/** No model that answers anybody has a smaller window. */
const SMALLEST_WINDOW = 1000;

/** What an error says of a model's window. */
export interface Overflow {
  /** The window in tokens, where the error tells one that can be believed. */
  readonly tokens: number | undefined;
  /** What of its words says so, where no code does, or where the number is told. */
  readonly words: readonly string[];
}

/** Whether an error says that a prompt does not fit the model's window; one field that is too long is another thing. */
export function isContextOverflow({ codes, text, passedOn }: Words): boolean {
  if (CODE.test(codes)) return true;
  return !codes.includes('string_above_max_length') && PHRASES.some((each) => each.test(text) || each.test(passedOn));
}

/** What an error that says so tells of the window. */
export function overflowIn({ codes, text, passedOn }: Words): Overflow {
  const said = PHRASES.map((phrase) => phrase.exec(text) ?? phrase.exec(passedOn)).filter((match) => match !== null);
  const told = said.find(([, digits]) => (countOf(digits) ?? 0) >= SMALLEST_WINDOW);
  if (told !== undefined) return { tokens: countOf(told[1]), words: [told[0]] };
  return { tokens: undefined, words: CODE.test(codes) ? [] : said.slice(0, 1).map(([phrase]) => phrase) };
}
