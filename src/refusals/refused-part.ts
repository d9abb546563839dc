import type { Reading } from '../domain/reading.ts';
import type { ReportedError } from '../domain/provider-error.ts';
import { refusedCapability } from './refused-capability.ts';
import { refusedParameter } from './refused-parameter.ts';
import { refusedValues } from './refused-value.ts';

/** Reads what of a request a 400 or 422 refuses: a parameter, something that its model cannot do, or a value. */
export function refusedIn(
  error: ReportedError,
): Pick<Reading, 'stripParam' | 'lacks' | 'refusedValues'> & Pick<Reading, 'words'> {
  const parameter = refusedParameter(error);
  const capability = refusedCapability(error);
  return {
    stripParam: parameter?.name,
    lacks: capability?.capability,
    refusedValues: refusedValues(error),
    words: [...(parameter?.words ?? []), ...(capability === undefined ? [] : [capability.words])],
  };
}
