import { GatewayError } from '../domain/errors.ts';

/** The events of a run that there are. */
export interface EventSpan {
  /** The run's. */
  readonly id: string;
  /** Numbers of the oldest event that is kept, and of the newest one. */
  readonly log: { readonly first: number; readonly last: number };
}

/** Where a reader of a run begins: behind an event that it has. */
export interface EventPosition {
  /** The event's id, `<run>:<number>`, or its number. A client that connects again sends it by itself, so it wins over `startingAfter`. */
  readonly lastEventId?: string | undefined;
  /** The event's number. */
  readonly startingAfter?: number | undefined;
}

const EVENT_ID = /^(?:([^:]*):)?(\d{1,15})$/;

/**
 * The number of the last event that a reader has; 0 for none. Throws `invalid_request` for an id that is malformed, of another run or beyond the last
 * event, and `run_events_expired` where the next event is no longer kept.
 */
export function numberAt(run: EventSpan, position: EventPosition): number {
  const { lastEventId } = position;
  const number = numberOf(run, position);
  if (number > run.log.last)
    throw invalid(
      lastEventId === undefined ? 'starting_after' : 'lastEventId',
      `is beyond the last event of this run, ${run.log.last}`,
    );
  if (number + 1 < run.log.first) throw expired();
  return number;
}

/** The number in a position, whether or not there is such an event. Throws `invalid_request` for an id that is malformed or of another run. */
export function numberOf(run: Pick<EventSpan, 'id'>, { lastEventId, startingAfter = 0 }: EventPosition): number {
  return lastEventId === undefined ? startingAfter : numberIn(run, lastEventId);
}

/** The error of a reader whose next event is no longer kept. */
export function expired(): GatewayError {
  return new GatewayError('run_events_expired', {
    message: 'The next events of this run are no longer kept; get the run, or read it from a later event.',
    shouldRetry: false,
  });
}

function numberIn({ id }: Pick<EventSpan, 'id'>, eventId: string): number {
  const [, run, number] = EVENT_ID.exec(eventId) ?? [];
  if (number === undefined) throw invalid('lastEventId', `must be the id of an event, like ${id}:7`);
  if (run !== undefined && run !== id) throw invalid('lastEventId', 'is the id of an event of another run');
  return Number(number);
}

function invalid(param: string, problem: string): GatewayError {
  return new GatewayError('invalid_request', { message: `${param}: ${problem}`, param });
}
