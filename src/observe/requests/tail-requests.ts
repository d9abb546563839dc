import type { TailedRequest } from '../../domain/request-list.ts';
import type { Clock } from '../../lib/clock.ts';
import { isWanted } from '../../store/request-log/row-filter.ts';
import type { RowFilter } from '../../store/request-log/stored-log.ts';
import type { RequestRow } from '../../store/request-log/request-row.ts';
import { createBoundedReader } from '../watch/bounded-reader.ts';
import { iterateLive } from '../watch/iterate-live.ts';
import { describeRow } from './describe-row.ts';
import type { RequestLog } from './request-log.ts';

/** Most rows in a second for one reader. */
const PER_SECOND = 200;

/** What a reader gets of the rows of a log. */
export interface Tail {
  readonly log: Pick<RequestLog, 'watch'>;
  readonly clock: Clock;
  readonly filter: RowFilter;
  /** Whether it may see the providers' words. */
  readonly messages: boolean;
  /** Ends the tail: the reader gets its reason. */
  readonly signal: AbortSignal;
}

/** The requests of this process that end from now on: an iterable for one use, which ends as `iterateLive` says. A slow reader loses rows, which are counted. */
export function tailRequests({ log, clock, filter, messages, signal }: Tail): AsyncIterable<TailedRequest> {
  return iterateLive<TailedRequest>({
    clock,
    signal,
    open(wake) {
      const reader = createBoundedReader<RequestRow>(clock, PER_SECOND);
      const watching = log.watch((row) => {
        if (!isWanted(filter, row)) return;
        reader.offer(row);
        wake();
      });
      return {
        take() {
          const taken = reader.take();
          if (taken === undefined || 'kind' in taken) return taken;
          return { kind: 'request', request: describeRow(taken.item, messages) };
        },
        reportAt: () => reader.reportAt(),
        [Symbol.dispose]() {
          watching[Symbol.dispose]();
          reader.clear();
        },
      };
    },
  });
}
