import type { WatchedEvent, WatchedRequestFinished } from 'spillway/client';
import { DoubtfulRequests } from './doubtful-requests.ts';
import { LimitRows } from './limit-rows.ts';
import type { LiveRequest, LiveSecond, LiveSnapshot } from './live-snapshot.ts';

/** Every event about a request. */
type OfRequest = Pick<WatchedRequestFinished, 'request_id' | 'chain'>;

/** The most requests in progress that are kept; the oldest one is dropped. */
const MAX_RUNNING = 500;
/** The most requests that have ended. */
const MAX_ENDED = 200;
/** How many seconds are kept. */
const MAX_SECONDS = 300;

/** Folds the events of `events.watch` into snapshots. All of it is bounded. */
export class LiveState {
  readonly #running = new Map<string, LiveRequest>();
  #ended: LiveRequest[] = [];
  readonly #limits = new LimitRows();
  #seconds: LiveSecond[] = [];
  readonly #doubtful = new DoubtfulRequests();
  #lost = 0;
  #lostAt: number | null = null;
  #changed = { running: false, ended: false, limits: false, seconds: false };

  /** Takes in one event. `now` in milliseconds since the epoch. */
  apply(event: WatchedEvent, now: number): void {
    switch (event.kind) {
      case 'limit':
        this.#limits.keep(event.limit);
        this.#changed.limits = true;
        return;
      case 'lost':
        this.#lost += event.count;
        this.#lostAt = now;
        this.#forgetSeconds();
        this.#doubtful.doubt(this.#running.keys(), now);
        return;
      case 'request_finished':
        this.#finish(event, now);
        return;
      case 'request_started':
        this.#update(event, now, { started: event });
        return;
      case 'request_queued':
        this.#update(event, now, { position: event.position });
        return;
      case 'attempt_started': {
        const { n, provider, model, key, hedge } = event;
        const attempt = { n, provider, model, key, hedge, startedAt: now, finished: null, finishedAt: null };
        const attempts = [...(this.#running.get(event.request_id)?.attempts ?? []), attempt];
        this.#update(event, now, { attempts, position: null });
        return;
      }
      case 'attempt_finished': {
        const attempts = (this.#running.get(event.request_id)?.attempts ?? []).map((attempt) =>
          attempt.n === event.n ? { ...attempt, finished: event, finishedAt: now } : attempt,
        );
        this.#update(event, now, { attempts });
        return;
      }
      case 'committed':
        this.#update(event, now, { committed: event });
        return;
    }
  }

  /**
   * A subscription begins. Requests in progress are forgotten: which of them have ended since the last one is unknown. So are the seconds:
   * what ended between the two was not counted.
   */
  restart(): void {
    this.#running.clear();
    this.#doubtful.clear();
    this.#changed.running = true;
    this.#limits.restart();
    this.#forgetSeconds();
  }

  /** Forgets the rows of limits: no subscription has confirmed them for long. */
  forgetLimits(): void {
    this.#limits.clear();
    this.#changed.limits = true;
  }

  /** Forgets the requests that have ended: rows of the request log were deleted, and may be among them. */
  forgetEnded(): void {
    this.#ended = [];
    this.#changed.ended = true;
  }

  /** Drops requests that may have ended long ago. Returns when to call it again, in milliseconds since the epoch; undefined for not until the next event. */
  dropDoubtful(now: number): number | undefined {
    for (const id of this.#doubtful.take(now)) {
      this.#running.delete(id);
      this.#changed.running = true;
    }
    return this.#doubtful.nextAt();
  }

  /** The state now. `before` is the snapshot before this one, whose unchanged parts are used again. */
  snapshot(status: LiveSnapshot['status'], before: LiveSnapshot): LiveSnapshot {
    const { running, ended, limits, seconds } = this.#changed;
    this.#changed = { running: false, ended: false, limits: false, seconds: false };
    return {
      status,
      running: running ? [...this.#running.values()].toReversed() : before.running,
      ended: ended ? [...this.#ended] : before.ended,
      limits: limits ? this.#limits.copy() : before.limits,
      seconds: seconds ? [...this.#seconds] : before.seconds,
      lost: this.#lost,
      lostAt: this.#lostAt,
    };
  }

  #update(event: OfRequest, now: number, change: Partial<LiveRequest>): void {
    const id = event.request_id;
    const known = this.#running.get(id) ?? unknownRequest(event, now);
    this.#running.set(id, { ...known, ...change });
    this.#doubtful.settle(id);
    this.#changed.running = true;
    if (this.#running.size <= MAX_RUNNING) return;
    const [oldest] = this.#running.keys();
    if (oldest === undefined) return;
    this.#running.delete(oldest);
    this.#doubtful.settle(oldest);
  }

  #finish(event: WatchedRequestFinished, now: number): void {
    const known = this.#running.get(event.request_id) ?? unknownRequest(event, now);
    this.#running.delete(event.request_id);
    this.#doubtful.settle(event.request_id);
    this.#ended = [{ ...known, position: null, finished: event, endedAt: now }, ...this.#ended.slice(0, MAX_ENDED - 1)];
    this.#count(event, Math.floor(now / 1000));
    this.#changed = { ...this.#changed, running: true, ended: true, seconds: true };
  }

  /** Counts begin anew where some were missed. */
  #forgetSeconds(): void {
    this.#seconds = [];
    this.#changed.seconds = true;
  }

  #count(event: WatchedRequestFinished, second: number): void {
    const last = this.#seconds.at(-1);
    const counts = last?.second === second ? last : { second, requests: 0, failed: 0, failovers: 0 };
    const kept = last?.second === second ? this.#seconds.slice(0, -1) : this.#seconds.slice(1 - MAX_SECONDS);
    this.#seconds = [
      ...kept,
      {
        second,
        requests: counts.requests + 1,
        failed: counts.failed + (hasFailed(event) ? 1 : 0),
        failovers: counts.failovers + (hasSpilled(event) ? 1 : 0),
      },
    ];
  }
}

function unknownRequest({ request_id: id, chain }: OfRequest, now: number): LiveRequest {
  return {
    id,
    chain,
    started: null,
    seenAt: now,
    position: null,
    attempts: [],
    committed: null,
    finished: null,
    endedAt: null,
  };
}

/** Whether a request has failed: a client that disconnects is no failure. */
export function hasFailed({ code }: { readonly code: string }): boolean {
  return code !== 'ok' && code !== 'client_closed';
}

/** Whether an entry has answered after another one had failed, beside which it was not sent. The rule of `usage.summary`. */
export function hasSpilled({ trail }: Pick<WatchedRequestFinished, 'trail'>): boolean {
  const at = trail.findIndex(({ outcome }) => outcome === 'answered');
  const answered = trail[at];
  if (answered === undefined) return false;
  return trail
    .slice(0, at)
    .some(
      ({ outcome, reason, hedge, provider, model }) =>
        outcome !== 'skipped' &&
        reason !== 'hedge_lost' &&
        !hedge &&
        (provider !== answered.provider || model !== answered.model),
    );
}
