import {
  createTRPCClient,
  httpBatchLink,
  httpLink,
  httpSubscriptionLink,
  splitLink,
  TRPCClientError,
} from '@trpc/client';
import { EventSource } from 'eventsource';
import { createClient, httpStreamLink, SpillwayError } from '../../client/index.ts';
import type { ChatCompletion, ChatCompletionChunk, ChatInput } from '../../src/domain/chat.ts';
import { GatewayError } from '../../src/domain/errors.ts';
import type { AppRouter } from '../../src/router/app-router.ts';
import { post, type Rig } from './gateway.ts';

/** What a caller was told, whatever the door: an answer or an error, and of a stream all that came before its end. */
export interface Told {
  /** 200, or the error's status. */
  readonly status: number;
  /** `ok`, or the error's code, which a vendor may leave out. */
  readonly code: string | null;
  readonly message: string | undefined;
  /** How many steps the error's trail has; undefined without one. */
  readonly attempts: number | undefined;
  readonly value: ChatCompletion | undefined;
  readonly chunks: readonly ChatCompletionChunk[];
}

/** How a call may be left. */
export interface Leave {
  readonly signal?: AbortSignal;
  readonly onChunk?: (chunk: ChatCompletionChunk) => void;
}

/** One way in. An abort makes both reject or tell; what they do then is the door's own. */
export interface Door {
  create(rig: Rig, input: ChatInput, leave?: Leave): Promise<Told>;
  stream(rig: Rig, input: ChatInput, leave?: Leave): Promise<Told>;
}

const NOTHING = { status: 200, code: 'ok', message: undefined, attempts: undefined, value: undefined, chunks: [] };

/** The text of a stream's chunks. */
export function textOf({ chunks }: Told): string {
  return chunks.map(({ choices }) => choices[0]?.delta.content ?? '').join('');
}

interface WireError {
  readonly code: string | null;
  readonly message: string;
  readonly attempts?: readonly unknown[];
}

function failed(status: number, { code, message, attempts }: WireError): Told {
  return { ...NOTHING, status, code, message, attempts: attempts?.length };
}

async function refused(response: Response): Promise<Told> {
  const { error } = (await response.json()) as { error: WireError };
  return failed(response.status, error);
}

/** REST by any fetch: JSON, or the events of a stream read as an OpenAI client reads them. */
function rest(fetchOf: (rig: Rig) => typeof fetch, urlOf: (rig: Rig) => string): Door {
  const ask = (rig: Rig, body: unknown, { signal }: Leave): Promise<Response> =>
    post(fetchOf(rig), `${urlOf(rig)}/v1/chat/completions`, body, signal === undefined ? {} : { signal });
  return {
    async create(rig, input, leave = {}) {
      const response = await ask(rig, input, leave);
      if (!response.ok) return refused(response);
      return { ...NOTHING, value: (await response.json()) as ChatCompletion };
    },
    async stream(rig, input, leave = {}) {
      const response = await ask(rig, { ...input, stream: true }, leave);
      if (!response.ok) return refused(response);
      const chunks: ChatCompletionChunk[] = [];
      let rest = '';
      let last = '';
      let done = false;
      for await (const piece of response.body!.pipeThrough(new TextDecoderStream())) {
        // A large event comes in many pieces, and is not to be looked through again for each of them.
        const ends = (last + piece).includes('\n\n');
        last = piece.slice(-1);
        rest += piece;
        if (!ends) continue;
        const events = rest.split('\n\n');
        rest = events.pop() ?? '';
        for (const event of events) {
          const data = event.replace(/^(?:event: .*\n)?data: /, '');
          if (data === '[DONE]') done = true;
          else {
            const parsed = JSON.parse(data) as ChatCompletionChunk | { error: WireError };
            if ('error' in parsed) return { ...failed(502, parsed.error), chunks };
            chunks.push(parsed);
            leave.onChunk?.(parsed);
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
        return toldOf(error);
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
        return { ...toldOf(error), chunks };
      }
    },
  };
}

function toldOf(error: unknown): Told {
  if (error instanceof GatewayError) {
    const attempts = error.details.attempts === undefined ? {} : { attempts: error.details.attempts };
    return failed(error.status, { ...error.wire, ...attempts });
  }
  if (error instanceof SpillwayError) {
    const { code, message, attempts } = error;
    return failed(error.status ?? 0, { code, message, ...(attempts === undefined ? {} : { attempts }) });
  }
  if (error instanceof TRPCClientError && error.data) {
    const data = error.data as WireError & { status: number };
    return failed(data.status, { ...data, message: error.message });
  }
  throw error;
}

/** tRPC's own client over the links of a test. */
export function officialClient(url: string, unary: typeof httpLink | typeof httpBatchLink, mine = false) {
  const door = `${url}/trpc`;
  return createTRPCClient<AppRouter>({
    links: [
      splitLink({
        condition: ({ type }) => type === 'subscription',
        true: mine ? httpStreamLink<AppRouter>({ url: door }) : httpSubscriptionLink({ url: door, EventSource }),
        false: unary({ url: door }),
      }),
    ],
  });
}

/** A subscription of tRPC's client as an async iterable, left when its signal says so. */
function official(unary: typeof httpLink | typeof httpBatchLink, mine: boolean): Door {
  return typed((rig) => {
    const { completions } = officialClient(rig.url, unary, mine).chat;
    return {
      create: (input, options) => completions.create.mutate(input, options),
      stream: (input, options) => completions.stream.subscribe(input, options),
    };
  });
}

/** Every door there is. The same table of cases runs through each. */
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
