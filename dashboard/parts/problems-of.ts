import { SpillwayError } from 'spillway/client';
import { fieldProblem } from './field-problem.ts';

/** What an error says of a field, as `fieldProblem`. Empty for an error that is about no field, which a panel shows. */
export function problemsOf(error: unknown, fields: readonly string[]): Readonly<Record<string, string>> {
  return error instanceof SpillwayError ? fieldProblem(error, fields) : {};
}

/** Whether a change was refused because the same thing has been changed since it was read. */
export function isOutdated(error: unknown): boolean {
  return error instanceof SpillwayError && error.code === 'conflict' && error.param === 'if_version';
}
