import { invalidField } from '../../../operations/generated-answer.ts';

/** A member that has to be a string. */
export function stringAt(fields: Readonly<Record<string, unknown>>, name: string, path: string): string {
  const value = fields[name];
  if (typeof value === 'string') return value;
  throw invalidField(`${path}.${name}`, value === undefined ? 'is missing' : 'must be a string');
}
