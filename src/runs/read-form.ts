import type { GatewayError } from '../domain/errors.ts';
import type { RunEvent } from '../domain/run.ts';
import type { KeptRun } from './kept-run.ts';
import { chunkIn } from './run-event.ts';

/** What a reader of a run gets. */
export interface ReadForm<Item> {
  /** An event as it is written to a stream, in parts; none where this form leaves it out. */
  bytes(event: Buffer, id: string): readonly Buffer[];
  /** An event as a value; undefined where this form leaves it out. */
  item(event: Buffer, id: string): Item | undefined;
  /** The failure that a reading of all events ends with; undefined for a complete one. */
  failure(run: KeptRun): GatewayError | undefined;
}

const END_OF_EVENT = Buffer.from('\n\n');
const NOTHING: readonly Buffer[] = Object.freeze([]);

/** All events in their own form, as values that `itemOf` makes. A failed run's last event is its error, so its reading is complete. */
export function eventsForm<Chunk, Item>(itemOf: (id: string, event: RunEvent<Chunk>) => Item): ReadForm<Item> {
  return {
    bytes: (event, id) => [Buffer.from(`id: ${id}\ndata: `, 'latin1'), event, END_OF_EVENT],
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- written by the run itself
    item: (event, id) => itemOf(id, parsed(event) as RunEvent<Chunk>),
    failure: () => undefined,
  };
}

/**
 * Chunks only, as a plain stream of the operation has them, each with its id; `all` adds the other events, each under its type as the event's
 * name. The run's failure is the reading's.
 */
export function chunksForm<Chunk>(include: 'chunks' | 'all'): ReadForm<Chunk> {
  return {
    bytes(event, id) {
      const chunk = chunkIn(event);
      if (chunk !== undefined) return [Buffer.from(`id: ${id}\ndata: `, 'latin1'), chunk, END_OF_EVENT];
      const type = typeIn(event);
      // The failure itself ends the stream in the form of the operation's API.
      if (include === 'chunks' || type === 'error') return NOTHING;
      return [Buffer.from(`event: ${type}\nid: ${id}\ndata: `, 'latin1'), event, END_OF_EVENT];
    },
    item(event) {
      const chunk = chunkIn(event);
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the provider's, which is not checked
      return chunk === undefined ? undefined : (parsed(chunk) as Chunk);
    },
    failure: ({ error }) => error,
  };
}

function parsed(json: Buffer): unknown {
  return JSON.parse(json.toString('utf8'));
}

/** The type of an event, which its JSON begins with. */
function typeIn(event: Buffer): string {
  return /^\{"type":"(\w+)"/.exec(event.toString('latin1', 0, 40))?.[1] ?? 'message';
}
