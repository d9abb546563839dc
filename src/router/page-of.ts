import { GatewayError } from '../domain/errors.ts';
import type { ModelListInput } from '../domain/models.ts';

/** A part of a list of names. */
export interface Page {
  readonly names: readonly string[];
  /** Whether the limit has cut it. */
  readonly hasMore: boolean;
}

/**
 * The part of a list that is requested, as Anthropic's API counts it: behind one id and before another. A limit keeps the beginning, or, where
 * only the end is given, the last names before it. Throws `invalid_request` for an id that is not in the list.
 */
export function pageOf(names: readonly string[], { limit, after_id, before_id }: ModelListInput): Page {
  const from = after_id === undefined ? 0 : indexOf(names, after_id, 'after_id') + 1;
  const to = before_id === undefined ? names.length : indexOf(names, before_id, 'before_id');
  const found = names.slice(from, Math.max(from, to));
  if (limit === undefined || found.length <= limit) return { names: found, hasMore: false };
  const backwards = before_id !== undefined && after_id === undefined;
  return { names: backwards ? found.slice(-limit) : found.slice(0, limit), hasMore: true };
}

function indexOf(names: readonly string[], id: string, param: string): number {
  const index = names.indexOf(id);
  if (index !== -1) return index;
  throw new GatewayError('invalid_request', { message: `${param}: there is no model of that id`, param });
}
