import type { LiveEvent, Progress } from '../../domain/progress.ts';
import type { WatchedEvent } from '../../domain/watched-event.ts';
import type { Clock } from '../../lib/clock.ts';
import { createBoundedReader } from './bounded-reader.ts';
import { type ChainEvent, describeEvent } from './describe-event.ts';

/** The events of requests for one reader, which come as fast as they happen and are read as fast as the reader can. */
export interface EventReader extends Disposable {
  /** The next event, or a report of how many were lost; undefined where there is none now. */
  take(): WatchedEvent | undefined;
  /** When a report of lost events is due, in milliseconds since the epoch; undefined where none were lost. */
  reportAt(): number | undefined;
}

/** What a reader reads, and how. */
export interface EventReaderOptions {
  readonly progress: Progress;
  readonly clock: Clock;
  /** Most events in a second. */
  readonly perSecond: number;
  /** Whether the reader wants, and may see, an event. Called for each event of the gateway. */
  readonly wants: (event: ChainEvent) => boolean;
  /** Whether it may see the providers' words. */
  readonly messages: boolean;
  /** Called when something may be taken. */
  readonly wake: () => void;
}

/**
 * Reads the events of a gateway from now on, until it is disposed. At most `perSecond` of them are kept in any second, and at most 1,000 wait:
 * the others are lost and counted, the oldest ones first where the reader is slow. No request ever waits for a reader.
 */
export function createEventReader(options: EventReaderOptions): EventReader {
  const { progress, clock, perSecond, wants, messages, wake } = options;
  const reader = createBoundedReader<ChainEvent>(clock, perSecond);

  const listening = progress.listen((event) => {
    if (!hasChain(event) || !wants(event)) return;
    if (reader.offer(event)) progress.recordLost();
    wake();
  });

  return {
    take() {
      const taken = reader.take();
      return taken && ('item' in taken ? describeEvent(taken.item, messages) : taken);
    },
    reportAt: () => reader.reportAt(),
    [Symbol.dispose]() {
      listening[Symbol.dispose]();
      reader.clear();
    },
  };
}

function hasChain(event: LiveEvent): event is ChainEvent {
  return event.chain !== undefined;
}
