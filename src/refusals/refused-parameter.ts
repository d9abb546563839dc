import type { ReportedError } from '../domain/provider-error.ts';
import { PARAMETER_CODE } from './wordings/codes.ts';
import {
  BODY_PREFIX,
  UNKNOWN_MESSAGE_PROPERTY,
  UNKNOWN_PARAMETER,
  UNKNOWN_PARAMETER_PATH,
} from './wordings/parameter.ts';

/** Only so many characters of a message are matched. */
const MAX_TEXT = 4096;

/** A parameter that a refusal names. */
export interface RefusedParameter {
  /** Its name in snake case, or the path to a member of it. */
  readonly name: string;
  /** The part of the message that names it, in lower case; empty if the error's own `param` names it. */
  readonly matchedText: readonly string[];
}

/** Reads the parameter that a 400 or 422 refuses, with the path for a member of a message; undefined if the error names none. */
export function refusedParameter(error: ReportedError): RefusedParameter | undefined {
  const { param } = error;
  if (param !== null && PARAMETER_CODE.test(`${error.code} ${error.type}`))
    return { name: normalizeName(param), matchedText: [] };
  const named = parameterInText(error.message.slice(0, MAX_TEXT));
  // If the error's own `param` differs, the name in the text is a value of that parameter.
  return param === null || named === undefined || topLevel(normalizeName(param)) === topLevel(named.name)
    ? named
    : undefined;
}

function parameterInText(text: string): RefusedParameter | undefined {
  const property = UNKNOWN_MESSAGE_PROPERTY.exec(text);
  if (property !== null) return refused(`${property[1]}.${property[2]}`, property[0]);
  const path = UNKNOWN_PARAMETER_PATH.exec(text);
  if (path !== null) return refused(path[1]?.replaceAll(/[' ]/g, '').replaceAll(',', '.'), path[0]);
  const match = UNKNOWN_PARAMETER.map((pattern) => pattern.exec(text)).find((each) => each !== null);
  return refused(match?.[1], match?.[0]);
}

function refused(name: string | undefined, matched = ''): RefusedParameter | undefined {
  return name === undefined ? undefined : { name: normalizeName(name), matchedText: [matched.toLowerCase()] };
}

function topLevel(path: string): string | undefined {
  return path.split(/[.[]/, 1)[0];
}

/** Some providers put the body before the path, and some (Google, xAI) write parameters in camel case. */
function normalizeName(name: string): string {
  const member = name.replace(BODY_PREFIX, '');
  return /^[a-z]+(?:[A-Z][a-z]+)+$/.test(member)
    ? member.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)
    : member;
}
