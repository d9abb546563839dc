import type { OrderPolicy, Target } from '../../domain/chain.ts';
import type { Facts, Standing } from './planned.ts';

/** An entry in its place, and why it stands there, as a sentence. */
export interface Placed {
  readonly standing: Standing;
  readonly why: string;
}

/** How often `fastest` asks another entry first, so that what has become faster is noticed. */
const EXPLORE = 0.05;

/** Puts a chain's entries in the order of its policy. Where a policy makes no difference between two, they stay as they were written. */
export function byPolicy(policy: OrderPolicy, standings: readonly Standing[], facts: Facts): readonly Placed[] {
  switch (policy) {
    case 'ordered':
      return standings.map((standing) => ({ standing, why: 'Its turn as the chain is written.' }));
    case 'weighted':
      return weighted(standings, facts);
    case 'fastest':
      return explored(fastest(standings, facts), facts);
    case 'cheapest':
      return cheapest(standings, facts);
  }
}

/**
 * By times until each one's event, where an entry of twice the weight has its events twice as often: whichever are left, the next is drawn
 * by weight among them.
 */
function weighted(standings: readonly Standing[], facts: Facts): readonly Placed[] {
  return standings
    .map((standing) => ({ standing, at: -Math.log(1 - facts.random()) / standing.entry.weight }))
    .toSorted((a, b) => a.at - b.at)
    .map(({ standing }) => ({ standing, why: `Its turn by lot, with weight ${standing.entry.weight}.` }));
}

/** Who was not measured comes first, or it never would be. */
function fastest(standings: readonly Standing[], facts: Facts): readonly Placed[] {
  return standings
    .map((standing) => ({ standing, ms: least(standing, (target) => facts.expectedMs(target)) }))
    .toSorted((a, b) => (a.ms ?? -1) - (b.ms ?? -1))
    .map(({ standing, ms }) => ({
      standing,
      why:
        ms === undefined
          ? 'Its turn because it was not measured yet.'
          : `Its turn by speed: about ${Math.round(ms)} ms until it answers.`,
    }));
}

function explored(placed: readonly Placed[], facts: Facts): readonly Placed[] {
  const usable = placed.filter(({ standing }) => standing.targets.some(({ state }) => state === 'try'));
  if (usable.length < 2 || facts.random() >= EXPLORE) return placed;
  const chosen = usable[1 + Math.floor(facts.random() * (usable.length - 1))];
  if (chosen === undefined) return placed;
  const first = { standing: chosen.standing, why: 'Its turn by lot, to measure it anew.' };
  return [first, ...placed.filter((each) => each !== chosen)];
}

function cheapest(standings: readonly Standing[], facts: Facts): readonly Placed[] {
  return standings
    .map((standing) => ({ standing, price: least(standing, (target) => facts.priceOf(target)) }))
    .toSorted((a, b) => (a.price ?? Number.MAX_VALUE) - (b.price ?? Number.MAX_VALUE))
    .map(({ standing, price }) => ({
      standing,
      why:
        price === undefined
          ? 'Its turn after all whose price is known.'
          : `Its turn by price: ${inDollars(price)} for this request.`,
    }));
}

/** Smaller numbers would be written with exponents. */
function inDollars(price: number): string {
  return price > 0 && price < 1e-6 ? 'under $0.000001' : `about $${Number(price.toPrecision(2))}`;
}

/** An entry is as fast and as cheap as the best of its keys; undefined where none is known. */
function least({ targets }: Standing, of: (target: Target) => number | undefined): number | undefined {
  const known = targets.map(({ target }) => of(target)).filter((value) => value !== undefined);
  return known.length === 0 ? undefined : Math.min(...known);
}
