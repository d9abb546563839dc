import type { Stage } from '../chain/stage.ts';
import type { ResponseSettings } from '../config/response-settings.ts';
import { type AnswerMembers, type Call, withAnswerMembers } from '../domain/call.ts';
import type { Principal } from '../domain/principal.ts';
import type { Clock } from '../lib/clock.ts';
import { createRandomHex } from '../lib/ids.ts';
import { fieldsOf, isRecord, memberOf } from '../lib/record.ts';
import { observed } from '../sse/observed.ts';
import { finalResponseIn, isFinalEvent } from './final-response.ts';

/** Responses that a later request can continue. In memory, each under the principal that requested it. */
export interface KeptResponses {
  /**
   * A request for a response as the chain gets it: with the items of the kept response that it continues and those that it refers to by their ids, and with
   * the stages that keep its own. Unchanged where nothing is kept, and where it continues one that is not known here. `members`: those of the response that are the
   * gateway's own, its id among them; an id is made unless given.
   */
  prepare(call: Call, principal: Principal, members?: AnswerMembers): PreparedResponse;
  /** A kept response; undefined for an id that is unknown, expired or another principal's. */
  find(id: string, principal: Principal): KeptResponse | undefined;
  /** Removes a kept response. Returns whether there was one. */
  remove(id: string, principal: Principal): boolean;
}

/** A request for a response, ready for its chain. */
interface PreparedResponse {
  readonly call: Call;
  readonly stages: readonly Stage[];
}

/** What is kept of a response. */
export interface KeptResponse {
  readonly response: Readonly<Record<string, unknown>>;
  /** The items of its own request, without those that it continues. */
  readonly input: readonly unknown[];
  readonly previous: string | undefined;
}

/** What kept responses are made with. */
export interface KeptResponsesOptions {
  readonly clock: Clock;
  /** The present settings; undefined while nothing is kept. */
  readonly settings: () => ResponseSettings | undefined;
}

const newDigits = createRandomHex(32);

/** A new id of a response: 128 random bits, so that none can be guessed. */
export const newResponseId = (): string => `resp_${newDigits()}`;

interface Entry extends KeptResponse {
  readonly owner: string;
  readonly bytes: number;
  /** Milliseconds since the epoch. */
  expiresAt: number;
}

/** Makes an empty store. */
export function createKeptResponses(options: KeptResponsesOptions): KeptResponses {
  return new ResponseStore(options);
}

class ResponseStore implements KeptResponses {
  readonly #clock: Clock;
  readonly #settings: KeptResponsesOptions['settings'];
  /** The one that is unused for longest first. */
  readonly #entries = new Map<string, Entry>();
  /** The id of the response that each item is of. */
  readonly #responseOf = new Map<string, string>();
  #bytes = 0;

  constructor({ clock, settings }: KeptResponsesOptions) {
    this.#clock = clock;
    this.#settings = settings;
  }

  prepare(requested: Call, principal: Principal, members?: AnswerMembers): PreparedResponse {
    const unchanged = { call: members === undefined ? requested : withAnswerMembers(requested, members), stages: [] };
    if (this.#settings() === undefined) return unchanged;
    const named = requested.body.get('previous_response_id');
    const previous = typeof named === 'string' ? named : undefined;
    const earlier = previous === undefined ? [] : this.#itemsOf(previous, principal);
    if (earlier === undefined) return unchanged;
    const sent = itemsIn(inputOf(requested));
    // What is no input must be refused as it was sent.
    if (sent === undefined) return unchanged;
    const input = this.#withReferred(sent, principal);
    const isSame = previous === undefined && input === sent;
    const call = isSame
      ? requested
      : requested.with({ previous_response_id: undefined, input: [...earlier, ...input] });
    const own = previous === undefined ? members : { ...members, previous_response_id: previous };
    if (requested.body.get('store') === false)
      return { call: own === undefined ? call : withAnswerMembers(call, own), stages: [] };
    const id = own?.id ?? newResponseId();
    const keep = (response: unknown): void => this.#keep(id, { owner: principal.id, response, input, previous });
    return { call: withAnswerMembers(stored(call), { ...own, id, store: true }), stages: [keeping(keep)] };
  }

  find(id: string, principal: Principal): KeptResponse | undefined {
    const entry = this.#entries.get(id);
    if (entry === undefined || entry.owner !== principal.id) return undefined;
    if (entry.expiresAt > this.#clock.now()) return entry;
    this.#remove(id, entry);
    return undefined;
  }

  remove(id: string, principal: Principal): boolean {
    const entry = this.#entries.get(id);
    if (entry === undefined || entry.owner !== principal.id) return false;
    this.#remove(id, entry);
    return true;
  }

  /** The items of a response and of all that it continues, the oldest first; undefined where one of them is not kept. */
  #itemsOf(id: string, principal: Principal): unknown[] | undefined {
    const parts: (readonly unknown[])[] = [];
    const used = new Set<string>();
    for (let at: string | undefined = id; at !== undefined;) {
      const kept = this.find(at, principal);
      // A response cannot continue itself, but what is kept must not depend on it.
      if (kept === undefined || used.has(at)) return undefined;
      parts.push(outputItemsOf(kept.response), kept.input);
      used.add(at);
      at = kept.previous;
    }
    // The whole conversation is used again, so it also goes together.
    for (const each of [...used].toReversed()) this.#touch(each);
    return parts.toReversed().flat();
  }

  /**
   * The items with those that they refer to, where they are kept; the same list where none is. Each is found once, as OpenAI's API refuses items that occur twice: a
   * small request must not become a huge one.
   */
  #withReferred(items: readonly unknown[], principal: Principal): readonly unknown[] {
    if (!items.some(isReference)) return items;
    const found = new Set<string>();
    const all = items.flatMap((item) => {
      if (!isReference(item) || found.has(item.id)) return [item];
      const referred = this.#itemOf(item.id, principal);
      if (referred === undefined) return [item];
      found.add(item.id);
      return outputItemsOf({ output: [referred] });
    });
    return found.size > 0 ? all : items;
  }

  #itemOf(id: string, principal: Principal): unknown {
    const owner = this.#responseOf.get(id);
    const kept = owner === undefined ? undefined : this.find(owner, principal);
    if (owner === undefined || kept === undefined) return undefined;
    this.#touch(owner);
    return outputOf(kept.response).find((item) => memberOf(item, 'id') === id);
  }

  #touch(id: string): void {
    const entry = this.#entries.get(id);
    if (entry === undefined) return;
    entry.expiresAt = this.#clock.now() + (this.#settings()?.keep ?? 0);
    this.#entries.delete(id);
    this.#entries.set(id, entry);
  }

  #keep(
    id: string,
    { response, ...rest }: Pick<Entry, 'owner' | 'input' | 'previous'> & { readonly response: unknown },
  ): void {
    const settings = this.#settings();
    if (settings === undefined || !isRecord(response)) return;
    const bytes = JSON.stringify(response).length + JSON.stringify(rest.input).length;
    if (bytes > settings.memory) return;
    this.#entries.set(id, { ...rest, response, bytes, expiresAt: this.#clock.now() + settings.keep });
    this.#bytes += bytes;
    for (const item of itemIdsIn(response)) this.#responseOf.set(item, id);
    for (const [oldest, entry] of this.#entries) {
      if (this.#bytes <= settings.memory && entry.expiresAt > this.#clock.now()) return;
      this.#remove(oldest, entry);
    }
  }

  #remove(id: string, { bytes, response }: Entry): void {
    this.#bytes -= bytes;
    for (const item of itemIdsIn(response)) if (this.#responseOf.get(item) === id) this.#responseOf.delete(item);
    this.#entries.delete(id);
  }
}

/** The stage that hands the whole response to `keep`, once it is complete. */
function keeping(keep: (response: unknown) => void): Stage {
  return async (call, scope, next) => {
    const answer = await next(call, scope);
    if (answer.kind === 'json') {
      keep(answer.value);
      return answer;
    }
    const stream = observed(answer.stream, {
      events(bytes) {
        const response = finalResponseIn(bytes);
        if (response !== undefined) keep(response);
      },
      chunk: (chunk) => void (isFinalEvent(chunk) && keep(chunk.response)),
    });
    return { kind: 'stream', stream };
  };
}

/** The same call where its provider need not store the answer: `store` is no loss where the gateway does. */
function stored(call: Call): Call {
  return call.body.get('store') === true ? call.with({ store: undefined }) : call;
}

function inputOf({ body }: Call): unknown {
  return body.parse()['input'];
}

/** The input as items; a text is a message of the user. Undefined for what is neither a text nor a list. */
function itemsIn(input: unknown): readonly unknown[] | undefined {
  if (typeof input === 'string') return [{ role: 'user', content: input }];
  if (input === undefined || input === null) return [];
  return Array.isArray(input) ? input : undefined;
}

/** The output as items of a later input: without the ids, which mean nothing to a provider that has not kept them, and without reasoning that no one can read. */
function outputItemsOf(response: KeptResponse['response']): readonly unknown[] {
  return outputOf(response).flatMap((item) => {
    const { id: _, status: __, ...rest } = fieldsOf(item);
    return rest['type'] === 'reasoning' && typeof rest['encrypted_content'] !== 'string' ? [] : [rest];
  });
}

function outputOf({ output }: KeptResponse['response']): readonly unknown[] {
  return Array.isArray(output) ? output : [];
}

function itemIdsIn(response: KeptResponse['response']): readonly string[] {
  return outputOf(response).flatMap((item) => {
    const id = memberOf(item, 'id');
    return typeof id === 'string' ? [id] : [];
  });
}

/** Whether an item only names another one. */
function isReference(item: unknown): item is { readonly id: string } {
  return memberOf(item, 'type') === 'item_reference' && typeof memberOf(item, 'id') === 'string';
}
