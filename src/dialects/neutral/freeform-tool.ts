import { parseJson } from '../../lib/parse-json.ts';
import { isRecord } from '../../lib/record.ts';
import type { Tool } from './request.ts';

/** A tool whose input is raw text. */
export type FreeformTool = Extract<Tool, { readonly kind: 'custom' }>;

/** The schema of the function that stands in for a freeform tool, for an API that has functions only. */
export const FREEFORM_SCHEMA: Readonly<Record<string, unknown>> = Object.freeze({
  type: 'object',
  properties: Object.freeze({ input: Object.freeze({ type: 'string' }) }),
  required: Object.freeze(['input']),
});

/** Members under which models put the raw text in place of `input`. */
const WRAPPERS = ['input', 'patch', 'code', 'command'] as const;

/** The description of that function: the tool's own, that its input is raw text, and its grammar in a fence. */
export function freeformDescription({ description, format }: FreeformTool): string {
  const own = description === undefined || description === '' ? '' : `${description} `;
  const definition = format?.['definition'];
  const grammar = typeof definition === 'string' ? `\n\n\`\`\`\n${definition}\n\`\`\`` : '';
  return `${own}Input is raw text.${grammar}`;
}

/** The input of a freeform call as the arguments of that function. */
export function wrapFreeform(input: string): string {
  return JSON.stringify({ input });
}

/** The raw text in the arguments of that function. What is no such object is raw text itself. */
export function unwrapFreeform(args: string): string {
  const value = parseJson(args);
  if (typeof value === 'string') return value;
  if (!isRecord(value)) return args;
  const [name, ...others] = Object.keys(value);
  const input = others.length === 0 && WRAPPERS.some((each) => each === name) ? Object.values(value)[0] : undefined;
  return typeof input === 'string' ? input : args;
}
