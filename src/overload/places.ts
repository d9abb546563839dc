import { GatewayError } from '../domain/errors.ts';
import { OVERLOAD_REASONS, type OverloadReason } from '../domain/overload.ts';
import { INTERNAL, LOCAL, type Principal } from '../domain/principal.ts';

/** The requests that a process runs at once. Each has a place from its head to its end. Nothing waits for one. */
export interface Places {
  /** How many are taken. */
  readonly used: number;
  /** How many there are. */
  readonly most: number;
  /** How many requests were refused since the start, by the reason. */
  readonly refused: Readonly<Record<OverloadReason, number>>;
  /**
   * Takes a place for a new request of a principal. It is free again once it is disposed; idempotent. Throws `overloaded` where all places are taken, and at level 2 for a
   * principal of low priority or with half of the places.
   */
  take(principal: Principal): Disposable;
  /** Takes a place whether one is free or not: for calls in process, which the application itself bounds. */
  count(principal: Principal): Disposable;
}

/** What places are made of. */
export interface PlacesOptions {
  /** How many requests may run at once. */
  readonly most: number;
  /** The level by the event loop and the heap; see `LoadMonitor`. */
  readonly measured: () => number;
  /** Called for each place that is taken, and for each request that finds none. */
  readonly onTake: () => void;
  /** From 0 to below 1. */
  readonly random: () => number;
}

/** Longest `retry-after`, in seconds. The seconds are random, so that requests that were refused together do not return together. */
const MOST_WAIT_S = 5;

const MESSAGES: Readonly<Record<OverloadReason, string>> = Object.freeze({
  max_requests: 'The gateway runs as many requests as it may; send the request again.',
  priority: 'The gateway is overloaded and refuses requests of keys with a low priority; send the request again.',
  share: 'The gateway is overloaded and this key has half of its requests; send the request again.',
});

/** Makes places, all of them free. */
export function createPlaces(options: PlacesOptions): Places {
  return new PlaceCounter(options);
}

class PlaceCounter implements Places {
  readonly #options: PlacesOptions;
  /** By the ids of principals. */
  readonly #held = new Map<string, number>();
  readonly refused: Record<OverloadReason, number> = { max_requests: 0, priority: 0, share: 0 };
  used = 0;

  constructor(options: PlacesOptions) {
    this.#options = options;
  }

  get most(): number {
    return this.#options.most;
  }

  take(principal: Principal): Disposable {
    const reason = OVERLOAD_REASONS.find((each) => this.#isRefused(each, principal));
    if (reason === undefined) return this.count(principal);
    this.refused[reason]++;
    this.#options.onTake();
    const retryAfter = 1 + Math.floor(this.#options.random() * MOST_WAIT_S);
    throw new GatewayError('overloaded', { message: MESSAGES[reason], retryAfter });
  }

  count({ id }: Principal): Disposable {
    this.used++;
    this.#held.set(id, (this.#held.get(id) ?? 0) + 1);
    this.#options.onTake();
    return new Place(() => this.#free(id));
  }

  #isRefused(reason: OverloadReason, principal: Principal): boolean {
    const { most, measured } = this.#options;
    switch (reason) {
      case 'max_requests':
        return this.used >= most;
      case 'priority':
        return principal.priority === 'low' && measured() >= 2;
      case 'share':
        // These two are all clients of their gateway together: there is no other principal to keep places for.
        if (principal === INTERNAL || principal === LOCAL || measured() < 2) return false;
        return (this.#held.get(principal.id) ?? 0) >= Math.max(1, Math.floor(most / 2));
    }
  }

  #free(id: string): void {
    this.used--;
    const held = (this.#held.get(id) ?? 0) - 1;
    if (held > 0) this.#held.set(id, held);
    else this.#held.delete(id);
  }
}

class Place implements Disposable {
  #free: (() => void) | undefined;

  constructor(free: () => void) {
    this.#free = free;
  }

  [Symbol.dispose](): void {
    const free = this.#free;
    this.#free = undefined;
    free?.();
  }
}
