import type { Dialect } from '../../../src/domain/chain.ts';
import { memberOf } from '../../../src/lib/record.ts';
import { fieldsOf, type Reply, type Script, type ScriptedRequest } from '../../../src/testing/index.ts';
import { type Rig, type RigOptions, startRig } from '../gateway.ts';
import { CHAT_ERROR, chatAnswer, chatEvents } from './chat.ts';
import { MESSAGES_ERROR, messagesAnswer, messagesEvents } from './messages.ts';
import { RESPONSES_ERROR, responsesAnswer, responsesEvents } from './responses.ts';
import type { Api, Ending, Said } from './said.ts';

/** The dialect of a provider of an API. */
export const DIALECTS: Readonly<Record<Api, Dialect>> = {
  chat: 'openai',
  responses: 'openai-responses',
  messages: 'anthropic',
};

interface Form {
  readonly whole: (said: Said, model: string) => object;
  readonly events: (said: Said, model: string) => readonly string[];
  readonly error: string;
}

const FORMS: Readonly<Record<Api, Form>> = {
  chat: { whole: chatAnswer, events: chatEvents, error: CHAT_ERROR },
  responses: { whole: responsesAnswer, events: responsesEvents, error: RESPONSES_ERROR },
  messages: { whole: messagesAnswer, events: messagesEvents, error: MESSAGES_ERROR },
};

const STREAM = { 'content-type': 'text/event-stream' };

/** What a provider of an API replies when its model says something, in the form that the request asks for: a stream or JSON. */
export function saying(api: Api, said: Said, ending: Ending = 'whole'): (request: ScriptedRequest) => Reply {
  const { whole, events, error } = FORMS[api];
  return (request) => {
    const fields = fieldsOf(request);
    const model = String(fields['model']);
    if (fields['stream'] !== true) return { body: whole(said, model) };
    const chunks = events(said, model);
    if (ending === 'whole') return { headers: STREAM, chunks };
    // The first piece of the text is a token, so that the answer is committed.
    const first = chunks.findIndex((text) => text.includes(pieceOf(said)));
    const shown = chunks.slice(0, first + 1);
    if (ending === 'error') return { headers: STREAM, chunks: [...shown, { data: error, delay: 20 }] };
    return { headers: STREAM, chunks: [...shown, { delay: 20 }], end: 'rst' };
  };
}

const pieceOf = ({ text = '' }: Said): string => text.slice(0, Math.ceil(text.length / 2));

/** What a provider does with one request: its model says something, or it replies as given. */
export type Turn = Said | Reply | ((request: ScriptedRequest) => Reply);

/** The replies of a provider one after the other; the last one for every further request. */
export function conversation(api: Api, turns: readonly Turn[]): Script {
  return (request, n) => {
    const turn = turns[Math.min(n, turns.length - 1)] ?? {};
    if (typeof turn === 'function') return turn(request);
    return isSaid(turn) ? saying(api, turn)(request) : turn;
  };
}

/** Options of a gateway over scripted providers. `model`: the name by which clients call it; `default` unless given. */
export interface VendorOptions extends RigOptions {
  readonly model?: string;
}

/** A gateway over one provider of an API, which takes these turns. */
export function startVendor(api: Api, turns: readonly Turn[], options: VendorOptions = {}): Promise<Rig> {
  return startVendors([[api, turns]], options);
}

/** A gateway over providers `a`, `b`, ... of different APIs, each of which takes its turns. The first that can answers. */
export function startVendors(
  vendors: readonly (readonly [api: Api, turns: readonly Turn[]])[],
  { model = 'default', ...options }: VendorOptions = {},
): Promise<Rig> {
  const named = vendors.map(([api], index) => [String.fromCodePoint(97 + index), api] as const);
  const chains = { [model]: { entries: named.map(([name]) => `${name}/scripted`) } };
  return startRig(
    vendors.map(([api, turns]) => conversation(api, turns)),
    {
      ...options,
      providers: Object.fromEntries(named.map(([name, api]) => [name, { dialect: DIALECTS[api] }])),
      config: { chains, defaults: { chain: model }, ...options.config },
    },
  );
}

function isSaid(turn: Said | Reply): turn is Said {
  return ['text', 'calls', 'reasoning'].some((name) => memberOf(turn, name) !== undefined);
}
