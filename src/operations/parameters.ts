import type { RequestBody } from '../domain/request-body.ts';
import { memberOf } from '../lib/record.ts';

/** The top-level fields of a body with a value other than null, without the common ones of its operation. */
export function parametersOf(body: RequestBody, common: ReadonlySet<string>): readonly string[] {
  return body.names.filter((name) => !common.has(name) && body.has(name));
}

/** A member that is a positive number; undefined for anything else, which the provider judges. */
export function positiveNumberOf(body: RequestBody, name: string): number | undefined {
  const value = body.get(name);
  return typeof value === 'number' && Number.isFinite(value) && value > 0 ? value : undefined;
}

/** A member that is a list; empty for anything else. */
export function listOf(value: unknown, name: string): readonly unknown[] {
  const list = memberOf(value, name);
  return Array.isArray(list) ? list : [];
}
