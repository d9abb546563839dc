import type { SpillwayError } from 'spillway/client';

/**
 * What an error of the gateway says of one member of an input, by the field in which it was written: `chains` for `chains.1`. Empty where the member has no
 * field. `fields`: names of the members that have one.
 */
export function fieldProblem(
  { param, message }: Pick<SpillwayError, 'param' | 'message'>,
  fields: readonly string[],
): Readonly<Record<string, string>> {
  const field = fields.find((name) => param === name || param?.startsWith(`${name}.`) === true);
  if (field === undefined) return {};
  return { [field]: message.startsWith(`${param}: `) ? message.slice(`${param}: `.length) : message };
}
