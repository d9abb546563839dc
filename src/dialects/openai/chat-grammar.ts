import { fieldsOf, isRecord } from '../../lib/record.ts';
import type { Inspection, SseEvent, StreamGrammar } from '../../domain/stream-grammar.ts';
import { readUsage, type Usage } from '../../domain/usage.ts';
import { readErrorValue } from './vendor-error.ts';

/** What a chat stream's grammar is made for. */
export interface ChatGrammarOptions {
  /** Several choices were asked for, so the end of each has to be seen. */
  readonly manyChoices: boolean;
  /** The caller did not ask for usage, so the event that carries nothing else is kept from him. */
  readonly hideUsage: boolean;
}

const ERROR = Buffer.from('"error"');
const FINISH = Buffer.from('"finish_reason"');
const USAGE = Buffer.from('"usage"');
const QUOTE = 0x22;
const BRACE = 0x7b;
const SMALL_N = 0x6e;

const NOTHING: Inspection = Object.freeze({ token: false, show: false, done: false });
const DONE: Inspection = Object.freeze({ token: false, show: false, done: true });
const TOKEN: Inspection = Object.freeze({ token: true, show: true, done: false });

/** Members of a delta that are output when they hold something. */
const OUTPUT = [
  'content',
  'reasoning',
  'reasoning_content',
  'reasoning_details',
  'refusal',
  'tool_calls',
  'function_call',
  'audio',
] as const;

/**
 * The grammar of a chat completion's stream. Until the first token every event is parsed; after it only those whose bytes say that
 * they end a choice, count tokens or report an error.
 */
export function createChatGrammar({ manyChoices, hideUsage }: ChatGrammarOptions): StreamGrammar {
  const open = new Set<number>();
  const finished = new Set<number>();
  let done = false;
  let anyToken = false;

  function inspect(event: SseEvent): Inspection {
    const { data } = event;
    if (anyToken && !manyChoices && event.name === undefined && data[0] === BRACE && !remarkable(data)) return TOKEN;
    if (data.length === 6 && data.toString('latin1') === '[DONE]') {
      done = true;
      return DONE;
    }
    const chunk = parse(data);
    if (chunk === undefined) return NOTHING;
    const failure = errorOf(event, chunk);
    if (failure !== undefined) return { ...NOTHING, error: failure };
    return chunk['choices'] === undefined && event.name !== undefined ? NOTHING : inspectChunk(chunk);
  }

  function inspectChunk(chunk: Fields): Inspection {
    const usage: Usage | undefined = readUsage(chunk['usage']);
    const choices = Array.isArray(chunk['choices']) ? chunk['choices'].map(fieldsOf) : [];
    let token = false;
    for (const choice of choices) {
      const index = typeof choice['index'] === 'number' ? choice['index'] : 0;
      open.add(index);
      const reason = choice['finish_reason'];
      if (reason === 'error')
        return {
          ...NOTHING,
          error: { message: 'The model ended with an error.', type: 'server_error', param: null, code: null },
        };
      if (typeof reason === 'string' && reason !== '') {
        finished.add(index);
        token = true;
      }
      token ||= carriesOutput(fieldsOf(choice['delta']));
    }
    anyToken ||= token;
    return { token, show: !(hideUsage && choices.length === 0 && usage !== undefined), done: false, usage };
  }

  return {
    inspect,
    complete: () => finished.size > 0 && (done || [...open].every((index) => finished.has(index))),
  };
}

type Fields = Readonly<Record<string, unknown>>;

/** Whether the bytes hold a finish reason, a usage or an error that is not null. In a string the quotes would be escaped. */
function remarkable(data: Buffer): boolean {
  return (
    valueAfter(data, FINISH) === QUOTE ||
    valueAfter(data, USAGE) === BRACE ||
    ![undefined, SMALL_N].includes(valueAfter(data, ERROR))
  );
}

/** The first byte of a member's value; undefined when there is no such member. */
function valueAfter(data: Buffer, key: Buffer): number | undefined {
  let at = data.indexOf(key);
  if (at === -1) return undefined;
  at += key.length;
  while (data[at] === 0x3a || data[at] === 0x20) at++;
  return data[at];
}

function errorOf(event: SseEvent, chunk: Fields): Inspection['error'] {
  const nested = chunk['error'];
  if (nested === undefined || nested === null || nested === false) {
    if (event.name !== 'error' && chunk['type'] !== 'error') return undefined;
  }
  const { message, type, param, code } = readErrorValue(chunk);
  return { message: message === '' ? 'The provider reported an error.' : message, type, param, code };
}

function carriesOutput(delta: Fields): boolean {
  return OUTPUT.some((member) => {
    const value = delta[member];
    if (value === undefined || value === null || value === '') return false;
    return !Array.isArray(value) || value.length > 0;
  });
}

function parse(data: Buffer): Fields | undefined {
  try {
    const value: unknown = JSON.parse(data.toString('utf8'));
    if (typeof value === 'string') return { error: value };
    return isRecord(value) ? value : undefined;
  } catch {
    return undefined;
  }
}
