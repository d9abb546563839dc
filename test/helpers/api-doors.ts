import { httpLink, TRPCClientError } from '@trpc/client';
import { TRPCError } from '@trpc/server';
import { createClient, SpillwayError } from '../../client/index.ts';
import { GatewayError } from '../../src/domain/errors.ts';
import { fieldsOf } from '../../src/lib/record.ts';
import { officialClient } from './doors.ts';
import { post, type Rig } from './gateway.ts';

/** The APIs of clients beside chat completions. */
export type ApiName = 'messages' | 'responses' | 'completions';

/** The paths of the APIs over REST. */
export const PATHS: Readonly<Record<ApiName, string>> = {
  messages: '/v1/messages',
  responses: '/v1/responses',
  completions: '/v1/completions',
};

/** An event as its client gets it: its data, and over REST its name. */
export interface ApiEvent {
  readonly name?: string | undefined;
  readonly data: Readonly<Record<string, unknown>>;
}

/** What a client received, whatever the door. */
export interface ApiResult {
  readonly status: number;
  /** `ok`, or the error's code. */
  readonly code: string;
  readonly message?: string | undefined;
  /** Over REST only. */
  readonly headers?: Headers | undefined;
  readonly value?: Readonly<Record<string, unknown>> | undefined;
  /** The events before the end or the error. */
  readonly events: readonly ApiEvent[];
}

/** How a call may be cancelled, and observed. */
export interface ApiControl {
  readonly signal?: AbortSignal | undefined;
  readonly onEvent?: ((event: ApiEvent) => void) | undefined;
  /** Over REST only. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
}

/** One way in. After an abort both reject or resolve, depending on the door. */
export interface ApiDoor {
  create(rig: Rig, api: ApiName, input: object, control?: ApiControl): Promise<ApiResult>;
  stream(rig: Rig, api: ApiName, input: object, control?: ApiControl): Promise<ApiResult>;
}

/** The events in a text of an event stream, comments left out. */
export function eventsIn(text: string): ApiEvent[] {
  return text.split('\n\n').flatMap((event) => {
    const data = /^data: (\{.*)$/m.exec(event)?.[1];
    return data === undefined
      ? []
      : [{ name: /^event: (.*)$/m.exec(event)?.[1], data: JSON.parse(data) as ApiEvent['data'] }];
  });
}

const errorIn = ({ data, name }: ApiEvent): Readonly<Record<string, unknown>> | undefined =>
  name === 'error' || (name === undefined && data['error'] !== undefined) ? fieldsOf(data['error']) : undefined;

function failed(status: number, error: Readonly<Record<string, unknown>>): Omit<ApiResult, 'events'> {
  return { status, code: String(error['code']), message: String(error['message']) };
}

async function refused(response: Response): Promise<ApiResult> {
  const error = fieldsOf(fieldsOf(await response.json())['error']);
  return { ...failed(response.status, error), headers: response.headers, events: [] };
}

function rest(sendAt: (rig: Rig) => readonly [fetchLike: typeof fetch, url: string]): ApiDoor {
  async function send(rig: Rig, api: ApiName, body: object, { signal, headers }: ApiControl): Promise<Response> {
    const [fetchLike, url] = sendAt(rig);
    return post(fetchLike, url + PATHS[api], body, { ...(signal && { signal }), ...(headers && { headers }) });
  }
  return {
    async create(rig, api, input, control = {}) {
      const response = await send(rig, api, input, control);
      if (!response.ok) return refused(response);
      return { status: 200, code: 'ok', headers: response.headers, value: fieldsOf(await response.json()), events: [] };
    },
    async stream(rig, api, input, control = {}) {
      const response = await send(rig, api, { ...input, stream: true }, control);
      if (!response.ok) return refused(response);
      let text = '';
      let seen = 0;
      for await (const piece of response.body!.pipeThrough(new TextDecoderStream())) {
        text += piece;
        const events = eventsIn(text.slice(0, text.lastIndexOf('\n\n') + 2));
        for (const event of events.slice(seen)) control.onEvent?.(event);
        seen = events.length;
      }
      const events = eventsIn(text);
      const at = events.findIndex((event) => errorIn(event) !== undefined);
      if (at === -1) return { status: 200, code: 'ok', headers: response.headers, events };
      return { ...failed(200, errorIn(events[at]!) ?? {}), headers: response.headers, events };
    },
  };
}

interface Functions {
  create(input: object, options: { signal?: AbortSignal }): Promise<object>;
  stream(input: object, options: { signal?: AbortSignal }): Promise<AsyncIterable<object>> | AsyncIterable<object>;
}

function typed(functionsOf: (rig: Rig, api: ApiName) => Functions): ApiDoor {
  return {
    async create(rig, api, input, { signal } = {}) {
      try {
        const value = await functionsOf(rig, api).create(input, signal === undefined ? {} : { signal });
        return { status: 200, code: 'ok', value: fieldsOf(value), events: [] };
      } catch (error) {
        return { ...resultOf(error), events: [] };
      }
    },
    async stream(rig, api, input, { signal, onEvent } = {}) {
      const events: ApiEvent[] = [];
      try {
        for await (const data of await functionsOf(rig, api).stream(input, signal === undefined ? {} : { signal })) {
          const event = { data: fieldsOf(data) };
          events.push(event);
          onEvent?.(event);
        }
        return { status: 200, code: 'ok', events };
      } catch (error) {
        return { ...resultOf(error), events };
      }
    },
  };
}

function resultOf(error: unknown): Omit<ApiResult, 'events'> {
  if (error instanceof TRPCError && error.cause instanceof GatewayError) return resultOf(error.cause);
  if (error instanceof GatewayError || error instanceof SpillwayError) {
    const { status = 0, code, message } = error;
    return failed(status, { code, message });
  }
  if (error instanceof TRPCClientError && error.data) {
    const data = fieldsOf(error.data);
    return failed(Number(data['status']), { ...data, message: error.message });
  }
  throw error;
}

/** The gateway's doors for these APIs. */
export const API_DOORS = {
  'REST over HTTP': rest(({ url }) => [fetch, url]),
  'REST in process': rest(({ gateway }) => [gateway.fetch, 'http://spillway']),
  'the caller in process': typed(({ gateway }, api) => gateway.caller[api]),
  'tRPC by our client': typed(({ url }, api) => createClient({ url })[api]),
  'tRPC by its own client': typed(({ url }, api) => {
    // One of the three in place of all of them: a union of their functions cannot be called.
    const procedures = officialClient(url, httpLink)[api as 'messages'];
    return {
      create: (input, options) => procedures.create.mutate(input as never, options),
      stream: (input, options) => procedures.stream.subscribe(input as never, options),
    };
  }),
} satisfies Readonly<Record<string, ApiDoor>>;
