import type { Transport } from '../../../src/upstream/transport.ts';
import { type Arrival, arrivalsOf, idOf } from './arrivals.ts';
import { type EventClock, eventClock } from './event-clock.ts';
import { simulatedTransport } from './exchange.ts';
import { openVendor, type Spending, type Vendor } from './vendor.ts';
import { cerebras, gemini, groq } from './vendors.ts';

/** Where a gateway lives for a day. */
export interface World {
  readonly seed: number;
  readonly clock: EventClock;
  /** In the order of the chain. */
  readonly vendors: readonly Vendor[];
  readonly transport: Transport;
}

/** What came of a request. */
export type Ending = { readonly asked: readonly string[] } & (
  | { readonly kind: 'served'; readonly by: string }
  /** Because nobody could answer. */
  | { readonly kind: 'refused'; readonly mayComeBack: boolean }
  | { readonly kind: 'left' }
  /** Anything else; there should be none. */
  | { readonly kind: 'failed'; readonly message: string }
);

/** What callers ask. */
export interface Subject {
  ask(arrival: Arrival): Promise<Ending>;
  /** What stands in its place after a restart. */
  restarted(): Subject;
}

/** What is simulated. */
export interface DayOptions {
  readonly seed: number;
  /** Milliseconds since the epoch. */
  readonly start: number;
  readonly hours: number;
  /** When the subject is restarted, in hours from the start. */
  readonly restartAfter?: number | undefined;
}

/** What came of a day, in requests. */
export interface Day {
  readonly requests: number;
  readonly served: number;
  /** Of these, by another vendor than the first. */
  readonly spilled: number;
  readonly refused: number;
  /** Of these, with the word that a client may come back by itself. */
  readonly toldToWait: number;
  /** Of these, what a vendor who was not asked could have served as well. */
  readonly roomLeft: number;
  readonly left: number;
  readonly failures: readonly string[];
  /** How often any vendor was asked. */
  readonly asked: number;
  readonly spendings: readonly Spending[];
}

const HOUR_MS = 3600_000;
/** A restart takes as long as the longest answer, and whoever comes meanwhile waits that long. */
const RESTART_MS = 10_000;

/** Lets a subject live through a day, which takes seconds. The same for the same options. */
export async function live(options: DayOptions, open: (world: World) => Subject): Promise<Day> {
  const { seed, start, hours, restartAfter } = options;
  const clock = eventClock(start);
  const vendors = [groq, gemini, cerebras].map(openVendor);
  const all = arrivalsOf(seed, start, hours);
  const arrivals = new Map(all.map((arrival) => [idOf(arrival), arrival]));
  const tally = openTally(clock, vendors);
  let subject = open({ seed, clock, vendors, transport: simulatedTransport({ clock, vendors, arrivals }) });

  const stopsAt = restartAfter === undefined ? Infinity : start + restartAfter * HOUR_MS;
  const comesBackAt = stopsAt + RESTART_MS;
  if (restartAfter !== undefined) clock.timer(comesBackAt - start, () => void (subject = subject.restarted()));
  for (const arrival of all) {
    const at = arrival.at >= stopsAt && arrival.at < comesBackAt ? comesBackAt : arrival.at;
    clock.timer(at - start, () => void tally.count(arrival, subject.ask(arrival)));
  }
  await clock.run(start + hours * HOUR_MS + RESTART_MS);
  return tally.day(all.length);
}

function openTally(clock: EventClock, vendors: readonly Vendor[]) {
  const counts = { served: 0, spilled: 0, refused: 0, toldToWait: 0, roomLeft: 0, left: 0, asked: 0 };
  const failures: string[] = [];

  return {
    async count(arrival: Arrival, asking: Promise<Ending>): Promise<void> {
      const ending = await asking;
      const { asked } = ending;
      counts.asked += asked.length;
      if (ending.kind === 'failed') return void failures.push(ending.message);
      counts[ending.kind]++;
      if (ending.kind === 'served' && ending.by !== vendors[0]?.row.provider) counts.spilled++;
      if (ending.kind !== 'refused') return undefined;
      if (ending.mayComeBack) counts.toldToWait++;
      const others = vendors.filter(({ row }) => !asked.includes(row.provider));
      if (others.some((vendor) => vendor.couldHaveServed(arrival, clock.now()))) counts.roomLeft++;
    },
    day: (requests: number): Day => ({
      ...counts,
      requests,
      failures,
      spendings: vendors.flatMap(({ spendings }) => spendings()),
    }),
  };
}
