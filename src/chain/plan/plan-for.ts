import type { Target } from '../../domain/chain.ts';
import type { Candidate, LimitState, Obstacle } from '../../state/limit-state.ts';
import type { Lack } from '../../targets/lack.ts';
import type { Descent, PlanTools } from '../descent.ts';
import { plan } from './plan.ts';
import type { Facts, Planned } from './planned.ts';

type Asking = Pick<Descent, 'chain' | 'call' | 'needs'>;

/** The plan for one request as things stand now. Asks nobody, and books nothing. */
export function planFor(tools: PlanTools, asking: Asking): readonly Planned[] {
  return plan(asking.chain, new KnownNow(tools, asking));
}

class KnownNow implements Facts {
  readonly now: number;
  readonly #tools: PlanTools;
  readonly #asking: Asking;

  constructor(tools: PlanTools, asking: Asking) {
    this.now = tools.clock.now();
    this.#tools = tools;
    this.#asking = asking;
  }

  random(): number {
    return this.#tools.random();
  }

  look(candidate: Candidate): Obstacle | undefined {
    return this.#tools.state.look(candidate);
  }

  tokensOf(target: Target): number {
    return this.#tools.demands.tokensOf(target, this.#asking.needs);
  }

  minimumTokensOf(target: Target): number {
    return this.#tools.demands.minimumTokensOf(target, this.#asking.needs);
  }

  lackOf(target: Target): Lack | undefined {
    return this.#tools.profiles.lacks(target, this.#asking.needs, this.now);
  }

  expectedMs(target: Target): number | undefined {
    return this.#tools.speeds.expected(target, this.#asking.call.stream);
  }

  priceOf(target: Target): number | undefined {
    return this.#tools.prices.of(target, this.#asking.needs, this.now);
  }

  room(target: Target): number {
    return roomOf(target, this.#tools.state);
  }
}

/** The share of its tightest window that is left. */
function roomOf(target: Target, state: LimitState): number {
  const { windows, concurrency } = state.status(target);
  const shares = windows.map(({ used, limit }) => 1 - used / limit);
  if (concurrency.limit !== undefined) shares.push(1 - concurrency.running / concurrency.limit);
  return Math.max(0, Math.min(1, ...shares));
}
