import { memberOf } from '../lib/record.ts';
import type { Chunk, Reply, ScriptedRequest } from './script.ts';

/** The content of a scripted answer. */
export interface AnswerOptions {
  readonly content: string;
  readonly model?: string | undefined;
  readonly finishReason?: string | undefined;
}

/** How a scripted answer is streamed. */
export interface StreamOptions extends AnswerOptions {
  /** Milliseconds before each word. */
  readonly delay?: number | undefined;
  /** False omits `[DONE]`. */
  readonly done?: boolean | undefined;
  /** True adds an event with the usage before the end. */
  readonly usage?: boolean | undefined;
}

const USAGE = Object.freeze({ prompt_tokens: 9, completion_tokens: 12, total_tokens: 21 });
const CREATED = 1_790_000_000;

/** One server-sent event. */
export function sse(data: string | object): string {
  return `data: ${typeof data === 'string' ? data : JSON.stringify(data)}\n\n`;
}

/** The fields of a chunk that a script can set. */
export interface ChunkOptions {
  readonly delta?: object | undefined;
  readonly finish?: string | null | undefined;
  readonly index?: number | undefined;
  readonly model?: string | undefined;
}

/** One chunk of a streamed chat completion, as an event. */
export function chunk({ delta = {}, finish = null, index = 0, model = 'scripted' }: ChunkOptions): string {
  const choices = [{ index, delta, logprobs: null, finish_reason: finish }];
  return sse({ id: 'chatcmpl-scripted', object: 'chat.completion.chunk', created: CREATED, model, choices });
}

/** A chat completion as JSON. */
export function chatCompletion({ content, model = 'scripted', finishReason = 'stop' }: AnswerOptions): Reply {
  const message = { role: 'assistant', content, refusal: null };
  const choices = [{ index: 0, message, logprobs: null, finish_reason: finishReason }];
  return {
    body: { id: 'chatcmpl-scripted', object: 'chat.completion', created: CREATED, model, choices, usage: USAGE },
  };
}

/** A chat completion as a stream: a role, the words one by one, the finish reason, `[DONE]`. */
export function chatStream({
  content,
  model = 'scripted',
  finishReason = 'stop',
  delay,
  done = true,
  usage = false,
}: StreamOptions): Reply {
  const chunks: Chunk[] = [chunk({ delta: { role: 'assistant', content: '' }, model })];
  for (const word of wordsOf(content)) chunks.push({ data: chunk({ delta: { content: word }, model }), delay });
  chunks.push(chunk({ finish: finishReason, model }));
  if (usage)
    chunks.push(
      sse({
        id: 'chatcmpl-scripted',
        object: 'chat.completion.chunk',
        created: CREATED,
        model,
        choices: [],
        usage: USAGE,
      }),
    );
  if (done) chunks.push(sse('[DONE]'));
  return { headers: { 'content-type': 'text/event-stream' }, chunks };
}

/** The words of a text, each with the white space behind it. */
function wordsOf(content: string): readonly string[] {
  return content.match(/\S+\s*|\s+/g) ?? [];
}

/** An error in OpenAI's shape. */
export function openaiError(
  status: number,
  message: string,
  details: { readonly code?: string; readonly type?: string; readonly headers?: Record<string, string> } = {},
): Reply {
  const { code = null, type = 'invalid_request_error', headers = {} } = details;
  return { status, headers, body: { error: { message, type, param: null, code } } };
}

/** One embedding of three dimensions for each input of the request. */
export function embeddings(request: ScriptedRequest, model = 'scripted'): Reply {
  const input = fieldsOf(request)['input'];
  const count = Array.isArray(input) ? input.length : 1;
  const data = Array.from({ length: count }, (_, index) => ({
    object: 'embedding',
    index,
    embedding: [0.25, -0.5, index],
  }));
  return { body: { object: 'list', model, data, usage: { prompt_tokens: 4, total_tokens: 4 } } };
}

/** A completion of the older API, as JSON. */
function textCompletion({ content, model = 'scripted', finishReason = 'stop' }: AnswerOptions): Reply {
  return { body: { ...textChunk({ content, model, finish: finishReason }), usage: USAGE } };
}

/** The same as a stream, word by word. */
function textStream({
  content,
  model = 'scripted',
  finishReason = 'stop',
  delay,
  usage = false,
}: StreamOptions): Reply {
  const chunks: Chunk[] = [];
  for (const word of wordsOf(content))
    chunks.push({ data: sse(textChunk({ content: word, model, finish: null })), delay });
  chunks.push(sse(textChunk({ content: '', model, finish: finishReason })));
  if (usage) chunks.push(sse({ ...textChunk({ content: '', model, finish: null }), choices: [], usage: USAGE }));
  return { headers: { 'content-type': 'text/event-stream' }, chunks: [...chunks, sse('[DONE]')] };
}

function textChunk({ content, model, finish }: { content: string; model: string; finish: string | null }): object {
  const choices = [{ index: 0, text: content, logprobs: null, finish_reason: finish }];
  return { id: 'cmpl-scripted', object: 'text_completion', created: CREATED, model, choices };
}

/** A script that answers every request in the form that it requests: a stream or JSON, of chat, the older completions, or embeddings. */
export function responder(options: StreamOptions): (request: ScriptedRequest) => Reply {
  return (request) => {
    const fields = fieldsOf(request);
    const model = typeof fields['model'] === 'string' ? fields['model'] : options.model;
    if (request.path.endsWith('/embeddings')) return embeddings(request, model);
    const usage = options.usage ?? memberOf(fields['stream_options'], 'include_usage') === true;
    if (!request.path.endsWith('/chat/completions') && request.path.endsWith('/completions'))
      return (fields['stream'] === true ? textStream : textCompletion)({ ...options, model, usage });
    return fields['stream'] === true ? chatStream({ ...options, model, usage }) : chatCompletion({ ...options, model });
  };
}

/** The request's JSON fields; none when its body is not a JSON object. */
export function fieldsOf({ body }: ScriptedRequest): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(body.toString('utf8'));
    return typeof value === 'object' && value !== null ? { ...value } : {};
  } catch {
    return {};
  }
}
