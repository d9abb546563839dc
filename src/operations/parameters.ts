import { fieldsOf, memberOf } from '../lib/record.ts';

/** The types of OpenAI's content parts that are estimated as attachments, whatever their size. */
export const OPENAI_ATTACHMENTS: ReadonlySet<unknown> = new Set(['image_url', 'input_audio', 'file']);

/** The top-level fields of an input with a value other than null, without the common ones of its operation. */
export function parametersOf(input: unknown, common: ReadonlySet<string>): readonly string[] {
  const fields = fieldsOf(input);
  return Object.keys(fields).filter((name) => !common.has(name) && (fields[name] ?? null) !== null);
}

/** A member that is a positive number; undefined for anything else, which the provider judges. */
export function positiveNumberOf(input: unknown, name: string): number | undefined {
  const value = memberOf(input, name);
  return typeof value === 'number' && Number.isFinite(value) && value > 0 ? value : undefined;
}

/** A member that is a list; empty for anything else. */
export function listOf(value: unknown, name: string): readonly unknown[] {
  const list = memberOf(value, name);
  return Array.isArray(list) ? list : [];
}
