import {
  createTRPCClient,
  httpBatchLink,
  httpBatchStreamLink,
  httpLink,
  httpSubscriptionLink,
  splitLink,
  TRPCClientError,
} from '@trpc/client';
import { TRPCError } from '@trpc/server';
import { EventSource } from 'eventsource';
import { createClient, httpStreamLink, SpillwayError } from '../../client/index.ts';
import {
  type Mount,
  MOUNTS,
  type Mounted,
  type MergedRouter,
  mergedCaller,
  mountMerged,
  serveMerged,
} from './mounts.ts';
import type { ChatCompletion, ChatCompletionChunk, ChatInput } from '../../src/domain/chat.ts';
import { GatewayError } from '../../src/domain/errors.ts';
import type { AppRouter } from '../../src/router/app-router.ts';
import { post, type Rig } from './gateway.ts';

/** What a client received, whatever the door: an answer or an error, and every chunk before a stream's end. */
export interface DoorResult {
  /** 200, or the error's status. */
  readonly status: number;
  /** `ok`, or the error's code, which a provider may omit. */
  readonly code: string | null;
  readonly message: string | undefined;
  /** Number of steps in the error's trail; undefined without one. */
  readonly attempts: number | undefined;
  /** The error's members as they were received; undefined without an error. */
  readonly error: WireError | undefined;
  readonly value: ChatCompletion | undefined;
  readonly chunks: readonly ChatCompletionChunk[];
}

/** How a call may be cancelled, and observed. */
export interface CallControl {
  readonly signal?: AbortSignal;
  readonly onChunk?: (chunk: ChatCompletionChunk) => void;
}

/** One way in. After an abort both reject or resolve, depending on the door. */
export interface Door {
  create(rig: Rig, input: ChatInput, control?: CallControl): Promise<DoorResult>;
  stream(rig: Rig, input: ChatInput, control?: CallControl): Promise<DoorResult>;
}

const NOTHING = {
  status: 200,
  code: 'ok',
  message: undefined,
  attempts: undefined,
  error: undefined,
  value: undefined,
  chunks: [],
};

/** The text of a stream's chunks. */
export function textOf({ chunks }: DoorResult): string {
  return chunks.map(({ choices }) => choices[0]?.delta.content ?? '').join('');
}

/** An error's members, wherever the door puts them. */
export interface WireError {
  readonly message: string;
  readonly type?: string | null;
  readonly param?: string | null;
  readonly code: string | null;
  readonly chain?: string | undefined;
  readonly models?: readonly string[] | undefined;
  readonly attempts?: readonly unknown[] | undefined;
}

function failed(status: number, error: WireError): DoorResult {
  const { code, message, attempts } = error;
  return { ...NOTHING, status, code, message, attempts: attempts?.length, error };
}

async function refused(response: Response): Promise<DoorResult> {
  const { error } = (await response.json()) as { error: WireError };
  return failed(response.status, error);
}

/** REST by any fetch: JSON, or the events of a stream read as an OpenAI client reads them. */
function rest(fetchOf: (rig: Rig) => typeof fetch, urlOf: (rig: Rig) => string): Door {
  const send = (rig: Rig, body: unknown, { signal }: CallControl): Promise<Response> =>
    post(fetchOf(rig), `${urlOf(rig)}/v1/chat/completions`, body, signal === undefined ? {} : { signal });
  return {
    async create(rig, input, control = {}) {
      const response = await send(rig, input, control);
      if (!response.ok) return refused(response);
      return { ...NOTHING, value: (await response.json()) as ChatCompletion };
    },
    async stream(rig, input, control = {}) {
      const response = await send(rig, { ...input, stream: true }, control);
      if (!response.ok) return refused(response);
      const chunks: ChatCompletionChunk[] = [];
      let rest = '';
      let last = '';
      let done = false;
      for await (const piece of response.body!.pipeThrough(new TextDecoderStream())) {
        // A large event arrives in many pieces. Searching all of it again for each piece would be quadratic.
        const ends = (last + piece).includes('\n\n');
        last = piece.slice(-1);
        rest += piece;
        if (!ends) continue;
        const events = rest.split('\n\n');
        rest = events.pop() ?? '';
        for (const event of events) {
          const data = event.replace(/^(?::.*\n)*(?:event: .*\n)?data: /, '');
          if (data === '[DONE]') done = true;
          else {
            const parsed = JSON.parse(data) as ChatCompletionChunk | { error: WireError };
            if ('error' in parsed) return { ...failed(502, parsed.error), chunks };
            chunks.push(parsed);
            control.onChunk?.(parsed);
          }
        }
      }
      return { ...NOTHING, code: done ? 'ok' : 'silently cut', chunks };
    },
  };
}

/** A typed door: functions that resolve or throw, and an async iterable. */
function typed(
  functionsOf: (rig: Rig) => {
    create(input: ChatInput, options: { signal?: AbortSignal }): Promise<ChatCompletion>;
    stream(
      input: ChatInput,
      options: { signal?: AbortSignal },
    ): Promise<AsyncIterable<ChatCompletionChunk>> | AsyncIterable<ChatCompletionChunk>;
  },
): Door {
  return {
    async create(rig, input, { signal } = {}) {
      try {
        return { ...NOTHING, value: await functionsOf(rig).create(input, signal === undefined ? {} : { signal }) };
      } catch (error) {
        return resultOf(error);
      }
    },
    async stream(rig, input, { signal, onChunk } = {}) {
      const chunks: ChatCompletionChunk[] = [];
      try {
        for await (const chunk of await functionsOf(rig).stream(input, signal === undefined ? {} : { signal })) {
          chunks.push(chunk);
          onChunk?.(chunk);
        }
        return { ...NOTHING, chunks };
      } catch (error) {
        return { ...resultOf(error), chunks };
      }
    },
  };
}

function resultOf(error: unknown): DoorResult {
  if (error instanceof TRPCError && error.cause instanceof GatewayError) return resultOf(error.cause);
  if (error instanceof GatewayError) {
    const { attempts, chain, models } = error.details;
    return failed(error.status, { ...error.wire, attempts, chain, models });
  }
  if (error instanceof SpillwayError) {
    const { code, message, type, param, attempts, models, shape } = error;
    return failed(error.status ?? 0, { code, message, type, param, attempts, models, chain: shape?.data.chain });
  }
  if (error instanceof TRPCClientError && error.data) {
    const data = error.data as WireError & { status: number };
    return failed(data.status, { ...data, message: error.message });
  }
  throw error;
}

/** tRPC's own client over the links of a test. */
export function officialClient(url: string, unary: typeof httpLink | typeof httpBatchLink, ownStreamLink = false) {
  const door = `${url}/trpc`;
  return createTRPCClient<AppRouter>({
    links: [
      splitLink({
        condition: ({ type }) => type === 'subscription',
        true: ownStreamLink
          ? httpStreamLink<AppRouter>({ url: door })
          : httpSubscriptionLink({ url: door, EventSource }),
        false: unary({ url: door }),
      }),
    ],
  });
}

/** A subscription of tRPC's client as an async iterable, cancelled by its signal. */
function official(unary: typeof httpLink | typeof httpBatchLink, ownStreamLink: boolean): Door {
  return officialOf(({ url }) => officialClient(url, unary, ownStreamLink).chat.completions);
}

function officialOf(clientOf: (rig: Rig) => ReturnType<typeof officialClient>['chat']['completions']): Door {
  return typed((rig) => {
    const completions = clientOf(rig);
    return {
      create: (input, options) => completions.create.mutate(input, options),
      stream: (input, options) => completions.stream.subscribe(input, options),
    };
  });
}

/** A door of an application's server, which is started once for each rig. */
function mounted(mount: (rig: Rig) => Promise<Mounted>, doorOf: (mounted: Mounted) => Door): Door {
  const doors = new WeakMap<Rig, Promise<Door>>();
  const started = (rig: Rig): Promise<Door> => {
    const known = doors.get(rig) ?? mount(rig).then(doorOf);
    doors.set(rig, known);
    return known;
  };
  return {
    create: async (rig, input, control) => (await started(rig)).create(rig, input, control),
    stream: async (rig, input, control) => (await started(rig)).stream(rig, input, control),
  };
}

/** A mount whose application lets everybody in. */
function open(mount: Mount, doorOf: (mounted: Mounted) => Door): Door {
  return mounted((rig) => mount(rig, { principal: () => ({ principal: { id: 'app' } }) }), doorOf);
}

const restAt = ({ url, fetch: own }: Mounted): Door =>
  rest(
    () => own,
    () => url,
  );
const ownClientAt = ({ url, fetch: own }: Mounted): Door =>
  typed(() => createClient({ url, fetch: own }).chat.completions);
const officialAt = ({ url }: Mounted): Door => officialOf(() => officialClient(url, httpLink).chat.completions);

/** The procedures of a merged router by tRPC's own client. */
function mergedAt(unary: typeof httpLink | typeof httpBatchStreamLink, ownStreamLink: boolean) {
  return ({ url, fetch: own }: Mounted): Door =>
    officialOf(() => {
      const client = createTRPCClient<MergedRouter>({
        links: [
          splitLink({
            condition: ({ type }) => type === 'subscription',
            true: ownStreamLink
              ? httpStreamLink<MergedRouter>({ url, fetch: own })
              : httpSubscriptionLink({ url, EventSource }),
            false: unary({ url, fetch: own as never }),
          }),
        ],
      });
      return client.llm.chat.completions;
    });
}

/** The gateway's own doors. */
export const DOORS: Readonly<Record<string, Door>> = {
  'REST over HTTP': rest(
    () => fetch,
    ({ url }) => url,
  ),
  'REST in process': rest(
    ({ gateway }) => gateway.fetch,
    () => 'http://spillway',
  ),
  'the caller in process': typed(({ gateway }) => gateway.caller.chat.completions),
  'tRPC by our client': typed(({ url }) => createClient({ url }).chat.completions),
  'tRPC by its own client': official(httpLink, false),
  'tRPC by its own client over our link, in batches': official(httpBatchLink, true),
};

/**
 * One door of each API: the body as bytes over REST, as bytes over tRPC, and as a value in process. For tables about what is sent to
 * providers and what is read of their answers: whatever the door, a request becomes one of these three before that.
 */
export const API_DOORS: Readonly<Record<string, Door>> = Object.fromEntries(
  Object.entries(DOORS).filter(([name]) =>
    ['REST over HTTP', 'tRPC by our client', 'the caller in process'].includes(name),
  ),
);

/** Further ways in: in process, mounts in applications' servers, merged routers. */
export const MOUNTED_DOORS: Readonly<Record<string, Door>> = {
  'tRPC in process by our client': typed(
    ({ gateway }) => createClient({ url: 'http://spillway', fetch: gateway.fetch }).chat.completions,
  ),
  'REST by a fetch handler': open(MOUNTS['a fetch handler'], restAt),
  'tRPC by our client in Hono': open(MOUNTS['Hono'], ownClientAt),
  'tRPC by its own client in a server of Node': open(MOUNTS['a server of Node'], officialAt),
  'REST in Express': open(MOUNTS['Express'], restAt),
  'tRPC by our client in a plugin of Fastify': open(MOUNTS['a plugin of Fastify'], ownClientAt),
  'a merged router by tRPC’s client': mounted(serveMerged, mergedAt(httpLink, false)),
  'a merged router over our link and streamed batches': mounted(serveMerged, mergedAt(httpBatchStreamLink, true)),
  'a merged router of our mount over our link': mounted(mountMerged, mergedAt(httpLink, true)),
  'a merged router’s caller': typed((rig) => mergedCaller(rig)),
};

/**
 * The cases of a table about what providers do or receive, where a door adds nothing: all of them through REST over HTTP, and the first one
 * through each other door.
 */
export function casesThrough<Case>(door: string, table: Readonly<Record<string, Case>>): [name: string, Case][] {
  const cases = Object.entries(table);
  return door === 'REST over HTTP' ? cases : cases.slice(0, 1);
}

/** Whether the door has a writer, and a reader of it, that no other door covers: then all cases of a table run through it. */
export function isWholeDoor(door: string): boolean {
  return WHOLE_DOORS.has(door);
}

const WHOLE_DOORS = new Set([
  // The sink of HTTP.
  'REST over HTTP',
  // The sink of the web, which all mounts by a fetch handler have.
  'REST in process',
  // Values and iterables.
  'the caller in process',
  // The gateway's own events of tRPC, read by our link.
  'tRPC by our client',
  // tRPC's adapter, read by tRPC's own client.
  'a merged router by tRPC’s client',
]);
