import type { ReportedError } from '../domain/provider-error.ts';

/** How vendors say of a parameter's value that this model does not take it, in lower case. The group is the parameter. */
const PHRASES: readonly RegExp[] = [
  /['"`](\w{1,60})['"`] must be (?:less|smaller|lower) than/,
  /\b(\w{1,60}) is too (?:large|high|big)\b/,
  /\b(\w{1,60}): \d{1,15} > \d/,
  /['"`](\w{1,60})['"`] ?: number must be at most/,
  /invalid (\w{1,60}): only [\w .]{1,30} (?:is|are) allowed for this model/,
  /\b(penalty) is not enabled for models?/,
  /unsupported value:? ?['"`](\w{1,60})['"`]/,
  /does not support this (\w{1,60})/,
];
/** What tells, beside a parameter that the error's own member names, that it is this model which takes no such value. */
const OF_THIS_MODEL =
  /\bat most\b|less than or equal|above maximum|expected a value <=|too large|\bmaximum\b|\bthis model\b/;
/** Too long a text is too long for everybody. */
const OF_ALL = /string_above_max_length|invalid_type/;
/** Names that vendors have for the same, and Google's word for two of them. */
const SAME: readonly (readonly string[])[] = [
  ['max_tokens', 'max_completion_tokens'],
  ['penalty', 'frequency_penalty', 'presence_penalty'],
];
/** More characters of a message are not read. */
const LONGEST_TEXT = 4096;

/** The parameters whose value a refusal finds fault with as one that another model may take; undefined where it says nothing of the kind. */
export function refusedValues({ message, param, code }: ReportedError): readonly string[] | undefined {
  if (OF_ALL.test(code ?? '')) return undefined;
  const text = message.slice(0, LONGEST_TEXT).toLowerCase();
  const named = PHRASES.map((each) => each.exec(text)?.[1]).find((each) => each !== undefined);
  const name = param !== null && OF_THIS_MODEL.test(text) ? param : named;
  if (name === undefined) return undefined;
  return SAME.find((names) => names.includes(name)) ?? [name];
}
