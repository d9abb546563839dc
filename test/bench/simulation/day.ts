import type { Transport } from '../../../src/upstream/transport.ts';
import { type Arrival, arrivalsOf, idOf } from './arrivals.ts';
import { type EventClock, eventClock } from './event-clock.ts';
import { simulatedTransport } from './exchange.ts';
import { type Exhaustion, openProvider, type Provider } from './provider.ts';
import { cerebras, gemini, groq } from './providers.ts';

/** The surroundings of a gateway during a day. */
export interface World {
  readonly seed: number;
  readonly clock: EventClock;
  /** In the order of the chain. */
  readonly providers: readonly Provider[];
  readonly transport: Transport;
}

/** The result of a request. `attempts`: the providers that were tried, in order. */
export type Ending = { readonly attempts: readonly string[] } & (
  | { readonly kind: 'served'; readonly by: string }
  /** No provider could answer. */
  | { readonly kind: 'refused'; readonly retryAllowed: boolean }
  | { readonly kind: 'disconnected' }
  /** Any other error; there should be none. */
  | { readonly kind: 'failed'; readonly message: string }
);

/** What is simulated: it serves the requests of a day. */
export interface Subject {
  serve(arrival: Arrival): Promise<Ending>;
  /** The subject after a restart. */
  restarted(): Subject;
}

/** Options of a day. */
export interface DayOptions {
  readonly seed: number;
  /** Milliseconds since the epoch. */
  readonly start: number;
  readonly hours: number;
  /** When the subject is restarted, in hours from the start. */
  readonly restartAfter?: number | undefined;
}

/** The result of a day, in requests. */
export interface Day {
  readonly requests: number;
  readonly served: number;
  /** Of these, by another provider than the first. */
  readonly failedOver: number;
  readonly refused: number;
  /** Of these, with a reply that allows an automatic retry. */
  readonly retryAllowed: number;
  /** Of these, those that a provider which was not tried could have served. */
  readonly roomUnused: number;
  readonly disconnected: number;
  readonly failures: readonly string[];
  /** Requests to all providers together. */
  readonly attempts: number;
  readonly exhaustions: readonly Exhaustion[];
}

const HOUR_MS = 3600_000;
/** Duration of a restart: that of the longest answer. Requests that arrive in it wait for its end. */
const RESTART_MS = 10_000;

/** Simulates a day of a subject, in seconds. The same for the same options. */
export async function simulate(options: DayOptions, open: (world: World) => Subject): Promise<Day> {
  const { seed, start, hours, restartAfter } = options;
  const clock = eventClock(start);
  const providers = [groq, gemini, cerebras].map(openProvider);
  const all = arrivalsOf(seed, start, hours);
  const arrivals = new Map(all.map((arrival) => [idOf(arrival), arrival]));
  const tally = openTally(clock, providers);
  let subject = open({ seed, clock, providers, transport: simulatedTransport({ clock, providers, arrivals }) });

  const stopsAt = restartAfter === undefined ? Infinity : start + restartAfter * HOUR_MS;
  const restartedAt = stopsAt + RESTART_MS;
  if (restartAfter !== undefined) clock.timer(restartedAt - start, () => void (subject = subject.restarted()));
  for (const arrival of all) {
    const at = arrival.at >= stopsAt && arrival.at < restartedAt ? restartedAt : arrival.at;
    clock.timer(at - start, () => void tally.count(arrival, subject.serve(arrival)));
  }
  await clock.run(start + hours * HOUR_MS + RESTART_MS);
  return tally.day(all.length);
}

function openTally(clock: EventClock, providers: readonly Provider[]) {
  const counts = { served: 0, failedOver: 0, refused: 0, retryAllowed: 0, roomUnused: 0, disconnected: 0, attempts: 0 };
  const failures: string[] = [];

  return {
    async count(arrival: Arrival, serving: Promise<Ending>): Promise<void> {
      const ending = await serving;
      const { attempts } = ending;
      counts.attempts += attempts.length;
      if (ending.kind === 'failed') return void failures.push(ending.message);
      counts[ending.kind]++;
      if (ending.kind === 'served' && ending.by !== providers[0]?.row.name) counts.failedOver++;
      if (ending.kind !== 'refused') return undefined;
      if (ending.retryAllowed) counts.retryAllowed++;
      const others = providers.filter(({ row }) => !attempts.includes(row.name));
      if (others.some((provider) => provider.couldHaveServed(arrival, clock.now()))) counts.roomUnused++;
    },
    day: (requests: number): Day => ({
      ...counts,
      requests,
      failures,
      exhaustions: providers.flatMap(({ exhaustions }) => exhaustions()),
    }),
  };
}
