import type { Call } from '../../../domain/call.ts';
import { readUsage } from '../../../domain/usage.ts';
import { fieldsOf, isRecord } from '../../../lib/record.ts';
import type { JsonVerdict } from '../../codec.ts';
import { MODEL_FAILED, saysFailed } from './chat-grammar.ts';
import { outputBytesOf } from './output.ts';
import { errorIn } from '../../../refusals/error-body.ts';

/** Judges a 2xx body: an answer has what its operation must bring, and no error. Leading blank lines are some vendors' keep-alive. */
export function judge(call: Call, body: Buffer): JsonVerdict {
  let value: unknown;
  try {
    value = JSON.parse(body.toString('utf8'));
  } catch {
    return { kind: 'unusable', problem: body.length === 0 ? 'The answer is empty.' : 'The answer is not JSON.' };
  }
  const error = errorIn(value);
  if (error !== undefined) return { kind: 'unusable', problem: 'The answer is an error.', error };
  if (!isRecord(value)) return { kind: 'unusable', problem: 'The answer is no JSON object.' };
  return call.operation === 'embeddings' ? judgeEmbeddings(value) : judgeCompletion(value);
}

type Fields = Readonly<Record<string, unknown>>;

function judgeEmbeddings(value: Fields): JsonVerdict {
  const { data } = value;
  if (!Array.isArray(data) || data.length === 0) return { kind: 'unusable', problem: 'The answer has no data.' };
  return { kind: 'answer', value, usage: readUsage(value['usage']), outputBytes: 0 };
}

function judgeCompletion(value: Fields): JsonVerdict {
  const list = value['choices'];
  const choices = Array.isArray(list) ? list.map(fieldsOf) : [];
  if (choices.length === 0) return { kind: 'unusable', problem: 'The answer has no choices.' };
  if (choices.some(({ finish_reason: reason }) => saysFailed(reason)))
    return { kind: 'unusable', problem: MODEL_FAILED.message, error: MODEL_FAILED };
  if (!choices.every(({ message }) => isRecord(message)))
    return { kind: 'unusable', problem: 'The answer has a choice without a message.' };
  const outputBytes = choices.reduce((sum, { message }) => sum + (outputBytesOf(message) ?? 0), 0);
  return { kind: 'answer', value, usage: readUsage(value['usage']), outputBytes };
}
