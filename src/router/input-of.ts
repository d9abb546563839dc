import type { RequestBody } from '../domain/request-body.ts';
import type { Definition } from './definitions.ts';

/**
 * The input of a procedure for a request with a body. Of the body of an operation it has only the fields that the procedure checks, so that no
 * prompt is parsed; any other body is parsed whole.
 */
export function inputOf({ meta, checked }: Definition, body: RequestBody): Record<string, unknown> {
  if (meta?.operation === undefined) return body.parse();
  const input: Record<string, unknown> = {};
  for (const name of checked) {
    const value = body.get(name);
    if (value !== undefined) input[name] = value;
  }
  return input;
}
