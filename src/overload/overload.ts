import { getHeapStatistics } from 'node:v8';
import type { Emit } from '../domain/events.ts';
import type { OverloadLevel } from '../domain/overload.ts';
import { background } from '../lib/background.ts';
import type { Clock } from '../lib/clock.ts';
import { createLoadMonitor } from './load-monitor.ts';
import { createPlaces, type Places } from './places.ts';

/** What a process refuses and leaves out while it has too much to do. Disposing it ends its timer; idempotent. */
export interface Overload extends Disposable {
  readonly places: Places;
  readonly level: OverloadLevel;
  /** Whether load balancers should send requests: false after 10 seconds of level 3 without `readyWhenFull`. */
  readonly isReady: boolean;
}

/** What the overload of a gateway is made of. */
export interface OverloadOptions {
  /** How many requests may run at once. */
  readonly maxRequests: number;
  /** Whether it is ready while that many run. */
  readonly readyWhenFull: boolean;
  readonly clock: Clock;
  /** From 0 to below 1. */
  readonly random: () => number;
  /** Gets one `overload_changed` for each change of the level. */
  readonly emit: Emit;
  /** Used part of the heap's limit, from 0 to 1; that of this process unless given. */
  readonly heap?: (() => number) | undefined;
}

/** A gateway that is full for less than this is ready, in milliseconds: probes must not see each peak. */
const UNREADY_MS = 10_000;

/** Makes the overload of a gateway at level 0. */
export function createOverload(options: OverloadOptions): Overload {
  const { maxRequests, readyWhenFull, clock, random, emit, heap = heapPart } = options;
  const monitor = createLoadMonitor({
    clock: background(clock),
    heap,
    isBusy: () => places.used > 0,
    isFull: () => places.used >= maxRequests,
    onChange: (change) => emit({ kind: 'overload_changed', ...change, requests: places.used, maxRequests }),
  });
  const places: Places = createPlaces({
    most: maxRequests,
    measured: () => monitor.measured,
    onTake: () => monitor.began(),
    random,
  });
  return {
    places,
    get level() {
      return monitor.level;
    },
    get isReady() {
      return readyWhenFull || clock.now() - (monitor.fullSince ?? Infinity) < UNREADY_MS;
    },
    [Symbol.dispose]: () => monitor[Symbol.dispose](),
  };
}

function heapPart(): number {
  const { used_heap_size: used, heap_size_limit: limit } = getHeapStatistics();
  return used / limit;
}
