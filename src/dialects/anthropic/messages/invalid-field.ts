import { GatewayError } from '../../../domain/errors.ts';

/** The client's certain mistake in a field. `param`: its path. */
export function invalidField(param: string, problem: string): GatewayError {
  return new GatewayError('invalid_request', { message: `${param}: ${problem}`, param });
}

/** A member that has to be a string. */
export function stringAt(fields: Readonly<Record<string, unknown>>, name: string, path: string): string {
  const value = fields[name];
  if (typeof value === 'string') return value;
  throw invalidField(`${path}.${name}`, value === undefined ? 'is missing' : 'must be a string');
}
