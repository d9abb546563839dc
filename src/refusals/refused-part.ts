import type { Reading } from '../domain/reading.ts';
import type { ReportedError } from '../domain/provider-error.ts';
import { refusedCapability } from './refused-capability.ts';
import { refusedParameter } from './refused-parameter.ts';
import { refusedValues } from './refused-value.ts';

/** The members of a reading that say which part of a request was refused. */
export type RefusedPart = Pick<Reading, 'refusedParameter' | 'missingCapability' | 'refusedValues' | 'matchedText'>;

/** Reads which part of a request a 400 or 422 refuses: a parameter, a capability that the model lacks, or a value. */
export function refusedPart(error: ReportedError): RefusedPart {
  const parameter = refusedParameter(error);
  const capability = refusedCapability(error);
  return {
    refusedParameter: parameter?.name,
    missingCapability: capability?.capability,
    refusedValues: refusedValues(error),
    matchedText: [...(parameter?.matchedText ?? []), ...(capability === undefined ? [] : [capability.matchedText])],
  };
}
