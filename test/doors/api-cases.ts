import { fieldsOf, openaiError, type Reply, type ScriptedRequest, sse } from '../../src/testing/index.ts';
import type { ConfigInput } from '../../src/config/schema.ts';
import type { ApiEvent, ApiName } from '../helpers/api-doors.ts';
import { type Rig, type RigOptions, startRig } from '../helpers/gateway.ts';
import type { Api, Ending } from '../helpers/vendors/said.ts';
import { DIALECTS, saying } from '../helpers/vendors/vendor.ts';

/** The whole of a scripted answer, and the part that is sent before a scripted failure. */
export const TEXT = 'It is sunny in Paris.';
export const FIRST = 'It is sunny';

/** One of the APIs: a request of it, and how its answers are read. */
export interface ApiCase {
  /** The API of a provider that serves it as it is, and one that needs a translation. */
  readonly own: Api;
  readonly foreign: Api;
  readonly input: Readonly<Record<string, unknown>>;
  /** A field that the foreign provider has no counterpart for. */
  readonly droppable: Readonly<Record<string, unknown>>;
  readonly dropped: string;
  /** Fields that no foreign provider can carry. */
  readonly unsuited: Readonly<Record<string, unknown>>;
  readonly text: (value: object) => unknown;
  /** The text of an event; undefined where it has none. */
  readonly delta: (data: ApiEvent['data']) => unknown;
  /** Whether an event ends a complete answer. */
  readonly isEnd: (data: ApiEvent['data']) => boolean;
  /** The names of the events of a failure over REST. */
  readonly failure: readonly (string | undefined)[];
}

const at = (value: unknown, ...path: readonly (string | number)[]): unknown =>
  path.reduce<unknown>(
    (found, name) => (found === null || found === undefined ? found : Reflect.get(Object(found), name)),
    value,
  );

/** The APIs of clients. */
export const API_CASES: Readonly<Record<ApiName, ApiCase>> = {
  messages: {
    own: 'messages',
    foreign: 'chat',
    input: { model: 'default', max_tokens: 100, messages: [{ role: 'user', content: 'Weather?' }] },
    droppable: { top_k: 5 },
    dropped: 'top_k',
    unsuited: { mcp_servers: [{ type: 'url', url: 'https://x.example', name: 'x' }] },
    text: (value) => at(value, 'content', 0, 'text'),
    delta: (data) => at(data, 'delta', 'text'),
    isEnd: ({ type }) => type === 'message_stop' || type === 'message_delta',
    failure: ['error'],
  },
  responses: {
    own: 'responses',
    foreign: 'messages',
    input: { model: 'default', input: 'Weather?', store: false },
    droppable: { store: true },
    dropped: 'store',
    unsuited: { include: ['message.output_text.logprobs'] },
    text: (value) => at(value, 'output', 0, 'content', 0, 'text'),
    delta: ({ type, delta }) => (type === 'response.output_text.delta' ? delta : undefined),
    isEnd: ({ type }) => type === 'response.completed' || type === 'response.incomplete',
    failure: ['error', 'response.failed'],
  },
  completions: {
    own: 'chat',
    foreign: 'messages',
    input: { model: 'default', prompt: 'Weather?' },
    droppable: {},
    dropped: 'raw-completion',
    unsuited: { suffix: 'x' },
    text: (value) => at(value, 'choices', 0, 'text'),
    delta: (data) => at(data, 'choices', 0, 'text'),
    isEnd: (data) => typeof at(data, 'choices', 0, 'finish_reason') === 'string',
    failure: [undefined],
  },
};

/** The text of a stream. */
export function streamedText({ delta }: ApiCase, events: readonly ApiEvent[]): string {
  return events
    .map(({ data }) => delta(data))
    .filter((text) => typeof text === 'string')
    .join('');
}

/** What a provider of an API replies, also to a request for a completion. */
export function answering(api: Api, ending: Ending = 'whole'): (request: ScriptedRequest) => Reply {
  const speak = saying(api, { text: TEXT }, ending);
  return (request) => (/(?<!chat)\/completions$/.test(request.path) ? completion(request, ending) : speak(request));
}

const DOWN = openaiError(500, 'down');

/** The reply of a provider that is out of order. */
export const down = (): Reply => DOWN;

/** Sends nothing; its head only; the events before the first token; or the first piece of the text. */
export function silent(api: Api, after: 'nothing' | 'head' | 'lead-in' | 'token'): (request: ScriptedRequest) => Reply {
  if (after === 'nothing') return () => ({ head: false, end: 'hang' });
  return (request) => {
    const reply = answering(api, 'cut')(request);
    const chunks = reply.chunks ?? [];
    if (after === 'head') return { ...reply, chunks: [], end: 'hang' };
    // The last two are the first piece of the text and a pause.
    return { ...reply, chunks: after === 'lead-in' ? chunks.slice(0, -2) : chunks, end: 'hang' };
  };
}

const STREAM = { 'content-type': 'text/event-stream' };
const USAGE = { prompt_tokens: 30, completion_tokens: 12, total_tokens: 42 };

function completion(request: ScriptedRequest, ending: Ending): Reply {
  const { model, stream } = fieldsOf(request);
  const shell = { id: 'cmpl-1', object: 'text_completion', created: 1, model };
  const choice = (text: string, finish: string | null) => ({
    ...shell,
    choices: [{ index: 0, text, logprobs: null, finish_reason: finish }],
  });
  if (stream !== true) return { body: { ...choice(TEXT, 'stop'), usage: USAGE } };
  const first = [sse(choice('', null)), sse(choice(FIRST, null))];
  if (ending === 'cut') return { headers: STREAM, chunks: [...first, { delay: 20 }], end: 'rst' };
  if (ending === 'error')
    return {
      headers: STREAM,
      chunks: [...first, { data: sse({ error: { message: 'the engine stopped', code: null } }), delay: 20 }],
    };
  const rest = [choice(TEXT.slice(FIRST.length), null), choice('', 'stop'), { ...shell, choices: [], usage: USAGE }];
  return { headers: STREAM, chunks: [...first, ...rest.map((each) => sse(each)), sse('[DONE]')] };
}

type Answering = (request: ScriptedRequest) => Reply;

/** A gateway over providers `a`, `b`, ... of these APIs, in one chain. */
export function startApis(
  providers: readonly (readonly [api: Api, reply: Answering])[],
  { chain, config, ...options }: RigOptions = {},
): Promise<Rig> {
  const names = providers.map((_, n) => String.fromCodePoint(97 + n));
  const own: Partial<ConfigInput> = { ...config };
  return startRig(
    providers.map(([, reply]) => reply),
    {
      ...options,
      ...(chain === undefined ? {} : { chain }),
      config: own,
      providers: Object.fromEntries(providers.map(([api], n) => [names[n]!, { dialect: DIALECTS[api] }])),
    },
  );
}
