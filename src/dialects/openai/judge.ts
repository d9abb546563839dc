import type { Call } from '../../domain/call.ts';
import { readUsage } from '../../domain/usage.ts';
import type { JsonVerdict } from '../dialect.ts';
import { readErrorValue } from './vendor-error.ts';

/** Judges a 2xx body: an answer has what its operation must bring, and no error. Leading blank lines are some vendors' keep-alive. */
export function judge(call: Call, body: Buffer): JsonVerdict {
  let value: unknown;
  try {
    value = JSON.parse(body.toString('utf8'));
  } catch {
    return { kind: 'unusable', problem: body.length === 0 ? 'The answer is empty.' : 'The answer is not JSON.' };
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return { kind: 'unusable', problem: 'The answer is no JSON object.' };
  }
  if ('error' in value && value.error !== null && value.error !== undefined) {
    const { message, type, param, code } = readErrorValue(value);
    return { kind: 'unusable', problem: 'The answer is an error.', error: { message, type, param, code } };
  }
  const problem = call.operation === 'embeddings' ? withoutList(value, 'data') : withoutChoice(value);
  if (problem !== undefined) return { kind: 'unusable', problem };
  return { kind: 'answer', value, usage: 'usage' in value ? readUsage(value.usage) : undefined };
}

function withoutList(value: object, member: string): string | undefined {
  const list: unknown = Reflect.get(value, member);
  return Array.isArray(list) && list.length > 0 ? undefined : `The answer has no ${member}.`;
}

function withoutChoice(value: object): string | undefined {
  const choices: unknown = Reflect.get(value, 'choices');
  const missing = withoutList(value, 'choices');
  if (missing !== undefined || !Array.isArray(choices)) return missing;
  const failed = choices.some(
    (choice: unknown) =>
      typeof choice === 'object' && choice !== null && Reflect.get(choice, 'finish_reason') === 'error',
  );
  return failed ? 'The model ended with an error.' : undefined;
}
