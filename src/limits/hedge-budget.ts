import type { HedgeLimits } from '../domain/chain.ts';
import { createExtraBudget } from './extra-budget.ts';

/** A chain that hedges. */
export interface HedgedChain {
  readonly name: string;
  readonly hedge: Pick<HedgeLimits, 'budget'>;
}

/** How many hedges are allowed for each chain, so that a slow provider does not double the load on the others. */
export interface HedgeBudget {
  /** Records a request of the chain. */
  recordRequest(chain: HedgedChain): void;
  /** Whether a hedge is allowed; an allowed one is taken off the budget. */
  mayHedge(chain: HedgedChain): boolean;
  /** Gives back an allowed hedge that was not sent. */
  giveBack(chain: HedgedChain): void;
}

/**
 * Returns a budget of each chain's configured share of its requests, with 3 hedges to begin with; 20 can be saved up. A share of 1 limits
 * nothing. In memory, bounded: the chain used longest ago is forgotten first.
 */
export function createHedgeBudget(): HedgeBudget {
  const budget = createExtraBudget();
  return {
    recordRequest: ({ name, hedge }) => budget.recordRequest(name, requestsPerHedge(hedge)),
    mayHedge: ({ name, hedge }) => budget.mayTake(name, requestsPerHedge(hedge)),
    giveBack: ({ name, hedge }) => budget.giveBack(name, requestsPerHedge(hedge)),
  };
}

/** What a hedge costs in requests: a whole number, so that hedges are at most the share. 1 / (1 / 49) is a little more than 49. */
function requestsPerHedge({ budget }: HedgedChain['hedge']): number {
  return Math.ceil(1 / budget - 1e-9);
}
