import { post, type Rig } from './gateway.ts';
import { HELLO } from './hello.ts';

/** Request headers by name. */
export type Headers = Readonly<Record<string, string>>;

/** Sends one request that needs a key. */
export type Send = (rig: Rig, headers: Headers) => Promise<Response>;

/** One request through each door and each of its writers. */
export const WAYS = {
  REST: ({ url }, headers) => post(fetch, `${url}/v1/chat/completions`, HELLO, { headers }),
  'a list over REST': ({ url }, headers) => fetch(`${url}/v1/models`, { headers }),
  'a mutation of tRPC': ({ url }, headers) => post(fetch, `${url}/trpc/chat.completions.create`, HELLO, { headers }),
  'a query of tRPC': ({ url }, headers) => fetch(`${url}/trpc/models.list`, { headers }),
  'a batch of tRPC': ({ url }, headers) =>
    post(fetch, `${url}/trpc/chat.completions.create?batch=1`, { 0: HELLO }, { headers }),
  'the documents': ({ url }, headers) => fetch(`${url}/docs/`, { headers }),
} satisfies Readonly<Record<string, Send>>;
