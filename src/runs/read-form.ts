import type { GatewayError } from '../domain/errors.ts';
import type { RunEvent } from '../domain/run.ts';
import { type Frame, type FrameForm, jsonIn } from './frames.ts';
import type { ReadableRun } from './readable-run.ts';

/** What a reader of a run gets. */
export interface ReadForm<Item> {
  /** `bare`: without ids and names. */
  readonly frames: FrameForm | 'bare';
  /** The events that it has. */
  readonly only: 'all' | 'chunks';
  /** An event as a value; undefined for one that it leaves out. */
  item(frame: Frame, id: string): Item | undefined;
  /** The failure that a reading of all events ends with; undefined for a complete one. */
  failure(run: ReadableRun): GatewayError | undefined;
}

/** All events in their own form, as values that `itemOf` makes. A failed run's last event is its error, so its reading is complete. */
export function eventsForm<Chunk, Item>(itemOf: (id: string, event: RunEvent<Chunk>) => Item): ReadForm<Item> {
  return {
    frames: 'events',
    only: 'all',
    item(frame, id) {
      const value = parsed(frame);
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- written by the run itself
      return itemOf(id, (frame.isChunk ? { type: 'chunk', chunk: value } : value) as RunEvent<Chunk>);
    },
    failure: () => undefined,
  };
}

/**
 * Chunks only, as a plain stream of the operation has them, each with its id; `all` adds the other events, each under its type as the event's
 * name. `bare`: without their ids. The run's failure is the reading's.
 */
export function chunksForm<Chunk>(only: 'all' | 'chunks', frames: 'chunks' | 'bare' = 'chunks'): ReadForm<Chunk> {
  return {
    frames,
    only,
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the provider's, which is not checked
    item: (frame) => (frame.isChunk ? (parsed(frame) as Chunk) : undefined),
    failure: ({ error }) => error,
  };
}

function parsed(frame: Frame): unknown {
  return JSON.parse(jsonIn(frame).toString('utf8'));
}
