import type { ReportedError } from '../domain/provider-error.ts';
import { WRONG_FOR_EVERY_MODEL_CODE } from './wordings/codes.ts';
import { LIMIT_OF_THIS_MODEL, REFUSED_VALUE, SAME_PARAMETERS } from './wordings/value.ts';

/** Only so many characters of a message are matched. */
const MAX_TEXT = 4096;

/**
 * Reads the parameters whose value a refusal rejects and another model may take, with all names that one of them has. Undefined if the
 * error names none, or if the value is wrong for every model.
 */
export function refusedValues({ message, param, code }: ReportedError): readonly string[] | undefined {
  if (WRONG_FOR_EVERY_MODEL_CODE.test(code ?? '')) return undefined;
  const text = message.slice(0, MAX_TEXT).toLowerCase();
  const inText = REFUSED_VALUE.map((pattern) => pattern.exec(text)?.[1]).find((each) => each !== undefined);
  const name = param !== null && LIMIT_OF_THIS_MODEL.test(text) ? param : inText;
  if (name === undefined) return undefined;
  return SAME_PARAMETERS.find((names) => names.includes(name)) ?? [name];
}
