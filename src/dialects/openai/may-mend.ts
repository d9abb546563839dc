/** Keys of values from a fixed list. With a control character such a value is another one. */
const LABEL = /^(?:finish_reason|role|type|object|name)$/;
/** Keys of texts and of what places them. Without its value a piece of the answer is lost. */
const PIECE =
  /^(?:choices|index|delta|message|content|text|thinking|refusal|tool_calls|function|arguments)$|^reasoning/;
const LINE_BREAK = /[\r\n]/;

/**
 * Whether a string with control characters, or a number that JSON does not have, still has one meaning in an answer. Two `data:` lines of one
 * event are joined by a line break: within a text it may be the text's own, but within a key, a label or an id it is damage. `value` is
 * undefined where the key itself is the string.
 */
export function mayMend(key: string, value: string | undefined): boolean {
  if (value === undefined) return false;
  if (!value.startsWith('"')) return !PIECE.test(key);
  return !LABEL.test(key) && (!/(?:^|_)id$/.test(key) || !LINE_BREAK.test(value));
}
