import type { OrderPolicy, Target } from '../../domain/chain.ts';
import type { EntryTargets, Facts, Load } from './planned.ts';

/** An entry in its place, and why it has this place, as a sentence. */
export interface Placed {
  readonly entry: EntryTargets;
  readonly why: string;
}

/** Share of requests for which `fastest` tries another entry first, so that an entry that has become faster is noticed. */
const EXPLORED_SHARE = 0.05;

/** Orders a chain's entries by its policy. Entries between which a policy makes no difference keep their order in the chain. */
export function orderByPolicy(policy: OrderPolicy, entries: readonly EntryTargets[], facts: Facts): readonly Placed[] {
  switch (policy) {
    case 'ordered':
      return entries.map((entry) => ({ entry, why: 'In the order of the chain.' }));
    case 'weighted':
      return byWeight(entries, facts);
    case 'fastest':
      return withExploration(bySpeed(entries, facts), facts);
    case 'cheapest':
      return byPrice(entries, facts);
    case 'least-busy':
      return byLoad(entries, facts);
  }
}

/**
 * Draws the entries one after the other, each by its weight among the remaining ones. Equivalent to sorting by exponentially distributed times whose
 * rates are the weights.
 */
function byWeight(entries: readonly EntryTargets[], facts: Facts): readonly Placed[] {
  return entries
    .map((entry) => ({ entry, at: -Math.log(1 - facts.random()) / entry.entry.weight }))
    .toSorted((a, b) => a.at - b.at)
    .map(({ entry }) => ({ entry, why: `Selected by weight ${entry.entry.weight}.` }));
}

/** An entry without a measurement comes first, or it would never get one. */
function bySpeed(entries: readonly EntryTargets[], facts: Facts): readonly Placed[] {
  return entries
    .map((entry) => ({ entry, ms: least(entry, (target) => facts.expectedMs(target)) }))
    .toSorted((a, b) => (a.ms ?? -1) - (b.ms ?? -1))
    .map(({ entry, ms }) => ({
      entry,
      why:
        ms === undefined
          ? 'Selected because it was not measured yet.'
          : `Selected by speed: about ${Math.round(ms)} ms to its answer.`,
    }));
}

function withExploration(placed: readonly Placed[], facts: Facts): readonly Placed[] {
  const usable = placed.filter(({ entry }) => entry.targets.some(({ state }) => state === 'try'));
  if (usable.length < 2 || facts.random() >= EXPLORED_SHARE) return placed;
  const explored = usable[1 + Math.floor(facts.random() * (usable.length - 1))];
  if (explored === undefined) return placed;
  const first = { entry: explored.entry, why: 'Selected at random, to measure it again.' };
  return [first, ...placed.filter((each) => each !== explored)];
}

function byPrice(entries: readonly EntryTargets[], facts: Facts): readonly Placed[] {
  return entries
    .map((entry) => ({ entry, price: least(entry, (target) => facts.priceOf(target)) }))
    .toSorted((a, b) => (a.price ?? Number.MAX_VALUE) - (b.price ?? Number.MAX_VALUE))
    .map(({ entry, price }) => ({
      entry,
      why:
        price === undefined
          ? 'Placed behind all entries with a known price.'
          : `Selected by price: ${inDollars(price)} for this request.`,
    }));
}

/** Smaller numbers would be written with exponents. */
function inDollars(price: number): string {
  return price > 0 && price < 1e-6 ? 'under $0.000001' : `about $${Number(price.toPrecision(2))}`;
}

/**
 * Fewest running requests first, all keys of an entry together. Where `concurrency` is known of every entry, the share of it that is in use is
 * compared; a share cannot be compared with a number.
 */
function byLoad(entries: readonly EntryTargets[], facts: Facts): readonly Placed[] {
  const loads = entries.map((entry) => ({ entry, ...loadOf(entry, facts) }));
  const byShare = loads.every(({ limit }) => limit !== undefined);
  const loadIn = ({ running, limit }: Load): number => (byShare && limit !== undefined ? running / limit : running);
  return loads
    .toSorted((a, b) => loadIn(a) - loadIn(b))
    .map(({ entry, running, limit }) => ({
      entry,
      why: `Selected by load: ${running}${limit === undefined ? '' : ` of ${limit}`} running requests.`,
    }));
}

function loadOf({ targets }: EntryTargets, facts: Facts): Load {
  // Keys of one account share a counter.
  const counters = new Map(targets.map(({ target }) => [target.counterKey, facts.load(target)]));
  let sum: Load = { running: 0, limit: 0 };
  for (const { running, limit } of counters.values())
    sum = {
      running: sum.running + running,
      limit: limit === undefined || sum.limit === undefined ? undefined : sum.limit + limit,
    };
  return sum;
}

/** An entry is as fast and as cheap as the best of its keys; undefined where no value is known. */
function least({ targets }: EntryTargets, of: (target: Target) => number | undefined): number | undefined {
  const known = targets.map(({ target }) => of(target)).filter((value) => value !== undefined);
  return known.length === 0 ? undefined : Math.min(...known);
}
