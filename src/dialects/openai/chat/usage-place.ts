import type { Usage } from '../../../domain/usage.ts';
import { rangeOf } from '../../../lib/json-members.ts';
import { fieldsOf } from '../../../lib/record.ts';
import { splice } from '../splice.ts';
import { readUsage } from '../usage.ts';

type Fields = Readonly<Record<string, unknown>>;
type Path = readonly (string | number)[];

/** The usage of a chunk or completion: its own, or else the one that the provider puts elsewhere. */
export function usageOf(value: Fields): Usage | undefined {
  return readUsage(value['usage']) ?? usageElsewhere(value)?.usage;
}

/**
 * The JSON of a chunk or completion with the usage that the provider puts elsewhere as its `usage`, and every other byte as it is. Undefined
 * where it has its own, or none. `value` is the parsed form of `bytes`.
 */
export function withUsageInPlace(value: Fields, bytes: Buffer): Buffer | undefined {
  if (readUsage(value['usage']) !== undefined) return undefined;
  const path = usageElsewhere(value)?.path;
  const range = path === undefined ? undefined : rangeOf(bytes, path);
  return range && splice(bytes, { values: { usage: bytes.toString('utf8', ...range) } });
}

/** Groq's place beside the choices, and Moonshot's within the last choice. */
function usageElsewhere(value: Fields): { readonly usage: Usage; readonly path: Path } | undefined {
  const groq = readUsage(fieldsOf(value['x_groq'])['usage']);
  if (groq !== undefined) return { usage: groq, path: ['x_groq', 'usage'] };
  const choices: unknown[] = Array.isArray(value['choices']) ? value['choices'] : [];
  for (const [at, choice] of choices.entries()) {
    const usage = readUsage(fieldsOf(choice)['usage']);
    if (usage !== undefined) return { usage, path: ['choices', at, 'usage'] };
  }
  return undefined;
}
