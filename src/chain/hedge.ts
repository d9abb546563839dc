import type { Chain, HedgeLimits } from '../domain/chain.ts';
import { bodyAt, needsAt } from '../targets/needs-at.ts';
import { roomOf } from '../targets/room.ts';
import type { Candidates, Selected } from './candidates.ts';
import type { Planned } from './plan/planned.ts';
import type { ChainRequest, WaterfallTools } from './tools.ts';

/** A chain that hedges. */
export type HedgedChain = Chain & { readonly hedge: HedgeLimits };

/** The least free share of a second target's tightest limit: what is left there is for requests that have no other target. */
const LEAST_ROOM = 0.2;

/** A first target that is slow. */
export interface SlowTarget {
  readonly request: ChainRequest;
  readonly planned: Planned;
  readonly candidates: Candidates;
  /** Milliseconds that the first attempt has taken. */
  readonly delay: number;
  /** When the request's time is over, milliseconds since the epoch. */
  readonly deadlineAt: number;
}

/** Whether a request of a chain may be hedged at all: one for a stream whose first token decides. A checked answer is final only at its end. */
export function isHedged(chain: Chain, { stream, answerCheck }: ChainRequest['call']): chain is HedgedChain {
  return chain.hedge !== undefined && stream && answerCheck === undefined;
}

/**
 * Milliseconds without a first token after which a second target is tried beside this one; undefined where none is: the time is not learned
 * yet, the prompt is too long, or the request must not be sent twice.
 */
export function hedgeDelayOf(
  tools: WaterfallTools,
  { call, chain, needs }: ChainRequest,
  first: Planned,
): number | undefined {
  if (!isHedged(chain, call)) return undefined;
  const { after, min, max, maxInputTokens } = chain.hedge;
  if (needs.inputTokens > maxInputTokens || !mayHedgeAt(first, call)) return undefined;
  if (after !== 'p95') return after;
  const p95 = tools.speeds.p95FirstTokenMs(first.target);
  return p95 === undefined ? undefined : Math.min(max, Math.max(min, p95));
}

/**
 * Takes the second target of a request whose first one is slow. Undefined where a second request might harm others: while the gateway is overloaded or any waits in the
 * chain's queue, when the chain's budget is used up, when less time than the first one has had is left, and when no target on another server
 * is healthy, has a fifth of its limits left and costs little enough.
 */
export async function takeHedge(tools: WaterfallTools, slow: SlowTarget): Promise<Selected | undefined> {
  const { request, planned, candidates, delay, deadlineAt } = slow;
  const { call, chain, scope } = request;
  const { clock, queues, hedgeBudget, overload } = tools;
  if (!isHedged(chain, call) || scope.signal.aborted || deadlineAt - clock.now() < delay) return undefined;
  if (overload.level > 0 || queues.size(chain.name) > 0 || !hedgeBudget.mayHedge(chain)) return undefined;
  const spare = await candidates.spare(planned, (each) =>
    isSuited(tools, request, { planned: each, maxCost: chain.hedge.maxCost }),
  );
  if (spare === undefined) hedgeBudget.giveBack(chain);
  return spare;
}

/** A target, and what a hedge may cost there. */
interface Priced {
  readonly planned: Planned;
  readonly maxCost: number;
}

function isSuited(tools: WaterfallTools, { call, needs }: ChainRequest, { planned, maxCost }: Priced): boolean {
  const { state, prices, refusingEntries, clock } = tools;
  const { target } = planned;
  const now = clock.now();
  if (!mayHedgeAt(planned, call) || refusingEntries.isLast(target, now)) return false;
  if (state.status(target).breaker.state !== 'closed' || roomOf(target, state) < LEAST_ROOM) return false;
  const price = prices.of(target, needsAt(target, call, needs), now);
  return price === undefined || price <= maxCost;
}

/** Whether the request, as it is sent to a target, may be sent twice. */
function mayHedgeAt({ target }: Planned, call: ChainRequest['call']): boolean {
  return call.operation.mayHedge(bodyAt(target, call));
}
