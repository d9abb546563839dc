import { countIn, type Words } from './words.ts';

const CODE = /context_length_exceeded|exceed_context_size|request_too_large/;

/**
 * The phrases in which vendors say that a prompt does not fit the model's window. What a group holds is the window, never the size of what
 * was asked.
 */
const PHRASES: readonly RegExp[] = [
  /maximum (?:context|prompt) l(?:ength|imit)(?: is| of|:)? ?(\d[\d,_]*)?/,
  /max(?:imum)? context length/,
  /exceed context limit(?:: ?[\d ,+]{1,40}> ?(\d[\d,_]*))?/,
  /longer than the model's context length(?: \((\d[\d,_]*))?/,
  /input tokens exceed the configured limit(?: of (\d[\d,_]*))?/,
  /exceeds the available context size(?: \((\d[\d,_]*))?/,
  /exceeds the maximum number of tokens allowed(?: \((\d[\d,_]*))?/,
  /current length is \d+ while limit is (\d[\d,_]*)/,
  /maximum input length (?:is|of) (\d[\d,_]*)/,
  /prompt is too long(?:: ?\d[\d,_]* tokens > (\d[\d,_]*) maximum)?/,
  /prompt tokens \(\d+\) exceed model maximum(?: \((\d[\d,_]*))?/,
  /too large for model(?: with (\d[\d,_]*) maximum)?/,
  /range of input length should be(?: \[\d+, ?(\d[\d,_]*))?/,
  /`inputs`(?: tokens)? \+ `max_new_tokens` must be(?: <= ?(\d[\d,_]*))?/,
  /`inputs` must have less than (\d[\d,_]*) tokens/,
  /context length of only (\d[\d,_]*)/,
  /exceeded this model context window limit(?: \((\d[\d,_]*))?/,
  /tokens in the prompt cannot exceed (\d[\d,_]*)/,
  /input is too long|too many input tokens|expected maxlength|exceed model maximum|exceeds? (?:the |this )?(?:model's )?context window|context[_ ](?:length|window)[_ ](?:is )?exceeded|reduce the length of (?:the|your) (?:messages|prompt|input)/,
];

/** Whether an error says that a prompt does not fit the model's window; one field that is too long is another thing. */
export function isContextOverflow({ codes, text, passedOn }: Words): boolean {
  if (CODE.test(codes)) return true;
  return !codes.includes('string_above_max_length') && PHRASES.some((each) => each.test(text) || each.test(passedOn));
}

/** The model's window in tokens, where such an error tells it. */
export function contextTokensIn({ text, passedOn }: Words): number | undefined {
  for (const phrase of PHRASES) {
    const tokens = countIn(phrase.exec(text)?.[1] ?? phrase.exec(passedOn)?.[1]);
    if (tokens !== undefined && tokens > 0) return tokens;
  }
  return undefined;
}
