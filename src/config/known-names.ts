import { nearest } from '../lib/nearest.ts';
import type { ConfigProblem } from './problems.ts';

/**
 * The problem of a pattern over `provider/model` whose provider does not exist; undefined for any other, and where the names of the providers
 * are not known. Pure.
 */
export function unknownProvider(
  pattern: string,
  providers: Iterable<string> | undefined,
): Pick<ConfigProblem, 'message' | 'nearest'> | undefined {
  const provider = /^([^*/]+)\//.exec(pattern)?.[1];
  const known = [...(providers ?? [])];
  if (provider === undefined || known.length === 0 || known.includes(provider)) return undefined;
  return { message: `unknown provider '${provider}'`, nearest: nearest(provider, known) };
}
