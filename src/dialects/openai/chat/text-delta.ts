import { fieldsOf, isRecord } from '../../../lib/record.ts';

type Fields = Readonly<Record<string, unknown>>;

/** Members of a chunk that never say more than what it is. */
const LABELS: ReadonlySet<string> = new Set([
  'choices',
  'id',
  'object',
  'created',
  'model',
  'provider',
  'service_tier',
  'system_fingerprint',
  'obfuscation',
]);

/** A choice that adds one text and does nothing else. */
export interface TextDelta {
  readonly choice: Fields;
  readonly text: string;
}

/**
 * The first choice of a parsed chunk that only continues its text or its reasoning, as most chunks do: no other choice, no finish reason, no usage, no error, no
 * message, and no other member of the delta that is filled. Undefined for every other chunk, which is read with care.
 */
export function textDeltaOf(chunk: Fields): TextDelta | undefined {
  const { choices } = chunk;
  if (!Array.isArray(choices) || choices.length !== 1) return undefined;
  for (const name in chunk) if (!LABELS.has(name) && isSet(chunk[name])) return undefined;
  if (chunk['object'] !== 'chat.completion.chunk') return undefined;
  const choice = fieldsOf(choices[0]);
  if (choice['index'] !== 0 || !isRecord(choice['delta'])) return undefined;
  for (const name in choice)
    if (name !== 'delta' && name !== 'index' && name !== 'logprobs' && isSet(choice[name])) return undefined;
  const text = textOf(choice['delta']);
  return text === undefined ? undefined : { choice, text };
}

/** The only text of a delta. */
function textOf(delta: Fields): string | undefined {
  let text: string | undefined;
  for (const name in delta) {
    const value = delta[name];
    if (!isSet(value) || name === 'role') continue;
    if (text !== undefined || typeof value !== 'string') return undefined;
    if (name !== 'content' && name !== 'reasoning_content') return undefined;
    text = value;
  }
  return text;
}

function isSet(value: unknown): boolean {
  return value !== undefined && value !== null && value !== '';
}
