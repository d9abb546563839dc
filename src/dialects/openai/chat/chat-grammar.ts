import { fieldsOf, isRecord } from '../../../lib/record.ts';
import type { Inspection, SseEvent, StreamGrammar } from '../../../domain/stream-grammar.ts';
import { readUsage } from '../usage.ts';
import { outputBytesOf } from './output.ts';
import type { ToolCallMender } from './mend-tool-calls.ts';
import { goesOnWithFirstChoice, hasToolCalls, lookAt, looksWhole, remarkable } from './chunk-bytes.ts';
import { createChunkFrame } from './chunk-frame.ts';
import { readErrorText } from '../../../refusals/error-body.ts';
import { errorIn } from '../../../refusals/error-in-answer.ts';

/** What a chat stream's grammar is made for. */
export interface ChatGrammarOptions {
  /** How many choices were asked for. */
  readonly choices: number;
  /** The caller did not ask for usage, so the event that carries nothing else is kept from him. */
  readonly hideUsage: boolean;
  /** For a vendor whose tool calls break clients. */
  readonly mender?: ToolCallMender | undefined;
}

const NOTHING: Inspection = Object.freeze({ token: false, feeds: false, show: false, done: false });
const DONE: Inspection = Object.freeze({ token: false, feeds: false, show: false, done: true });
const NONE: readonly SseEvent[] = Object.freeze([]);
const TOKEN: Inspection = Object.freeze({ token: true, feeds: true, show: true, done: false });

/** Finish reasons that say that the model failed: none of them is a word of OpenAI's, and a client would take each for an end. */
const FAILED: ReadonlySet<string> = new Set([
  'error',
  'abort',
  'insufficient_system_resource',
  'malformed_function_call',
  'unexpected_tool_call',
  'too_many_tool_calls',
]);

/** Tells whether a choice's finish reason says that the model failed. */
export function saysFailed(reason: unknown): boolean {
  return typeof reason === 'string' && FAILED.has(reason.toLowerCase());
}

/** The error of an answer whose finish reason says so. */
export const MODEL_FAILED = Object.freeze({
  message: 'The model ended with an error.',
  type: 'server_error',
  param: null,
  code: null,
  detail: null,
  status: undefined,
});

/**
 * The grammar of a chat completion's stream. Until the first token every event is parsed; after it all but those whose bytes say that
 * they go on with the one choice and neither end it nor count tokens nor report an error.
 */
export function createChatGrammar({ choices: asked, hideUsage, mender }: ChatGrammarOptions): StreamGrammar {
  const open = new Set<number>();
  const finished = new Set<number>();
  let done = false;
  let anyToken = false;
  let bytes = 0;
  const alike = createChunkFrame();
  /** What of a chunk's length is not output, by the last one that was parsed. */
  let frame = 0;

  function passes({ name, data, plain }: SseEvent): boolean {
    // A name may turn a chunk into an error or a ping, so named events are parsed.
    if (name !== undefined) return false;
    // One that came without its blank line may have been cut at any brace.
    if (!anyToken || asked > 1 || plain === undefined || !looksWhole(data)) return false;
    const chunk = lookAt(data);
    // A choice that nobody asked for has to finish as well, and what has none may be an error in any dress.
    const goesOn = goesOnWithFirstChoice(chunk) && !remarkable(chunk) && (mender === undefined || !hasToolCalls(chunk));
    if (goesOn) alike.learn(chunk);
    return goesOn;
  }

  function skim(text: () => string, from: number): number {
    // After a choice's end every event may begin another one.
    return !anyToken || finished.size > 0 ? from : alike.follow(text, from);
  }

  function inspect(event: SseEvent): Inspection {
    const { data, name } = event;
    if (passes(event)) {
      bytes += Math.max(0, data.length - frame);
      return TOKEN;
    }
    if (data.length === 6 && data.toString('latin1') === '[DONE]') {
      done = true;
      return DONE;
    }
    const value = parse(data);
    const error = value === undefined ? unreadable(event) : errorIn(value, name);
    if (error !== undefined) return { ...NOTHING, error };
    if (!isRecord(value) || event.stray === true) return NOTHING;
    // Pings and reports of progress: a client looks for choices in whatever it is shown.
    if (value['choices'] === undefined && (name !== undefined || readUsage(value['usage']) === undefined))
      return NOTHING;
    return inspectChunk(value, event);
  }

  function inspectChunk(chunk: Readonly<Record<string, unknown>>, { name, data }: SseEvent): Inspection {
    const usage = readUsage(chunk['usage']);
    const choices = Array.isArray(chunk['choices']) ? chunk['choices'].map(fieldsOf) : [];
    let token = false;
    let output = 0;
    for (const choice of choices) {
      const index = typeof choice['index'] === 'number' ? choice['index'] : 0;
      open.add(index);
      const reason = choice['finish_reason'];
      if (saysFailed(reason)) return { ...NOTHING, error: MODEL_FAILED };
      if (typeof reason === 'string' && reason !== '') {
        finished.add(index);
        token = true;
      }
      const said = outputBytesOf(choice['delta']);
      token ||= said !== undefined;
      output += said ?? 0;
    }
    bytes += output;
    if (output > 0) frame = data.length - output;
    anyToken ||= token;
    const show = !(hideUsage && choices.length === 0 && usage !== undefined);
    const feeds = choices.length > 0 || usage !== undefined;
    const mended = mender?.mend(chunk, data);
    const instead = mended === undefined ? undefined : [{ name, data: mended, plain: undefined }];
    return { token, feeds, show, done: false, usage, instead };
  }

  return {
    inspect,
    skim,
    complete: () => finished.size > 0 && (done || [...open].every((index) => finished.has(index))),
    settled: () => finished.size >= asked && finished.size === open.size,
    finish: () => NONE,
    outputBytes: () => bytes + alike.textBytes(),
  };
}

/** An event that says that it is an error may say it in plain words. Anything else that is no JSON is noise, and skipped. */
function unreadable({ name, data }: SseEvent): Inspection['error'] {
  if (name !== 'error') return undefined;
  const error = readErrorText(data.toString('utf8'));
  return error.message === '' ? { ...error, message: 'The provider reported an error.' } : error;
}

function parse(data: Buffer): unknown {
  try {
    const value: unknown = JSON.parse(data.toString('utf8'));
    return typeof value === 'string' ? { error: value } : value;
  } catch {
    return undefined;
  }
}
