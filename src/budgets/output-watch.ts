import type { Target } from '../domain/chain.ts';
import type { AdmissionRequest, OutputWatch } from '../limits/admission.ts';
import { BYTES_PER_TOKEN } from '../operations/estimate-usage.ts';
import type { HeldBudget, HoldTools } from './held-budget.ts';
import { tokensAt } from './price-request.ts';

/** Tokens that are reserved at once for a stream that has used up its reservation. */
const STEP_TOKENS = 1024;

/** A stream of a target. */
export interface WatchedStream {
  readonly target: Target;
  readonly request: AdmissionRequest;
  /** Whether the request has not ended. */
  readonly isOpen: () => boolean;
}

/**
 * Watches the output of a stream whose request does not bound it, and reserves more in steps. Undefined for a bounded one. `budgets`: those that the target
 * counts against.
 */
export function watchOutput(
  tools: HoldTools,
  budgets: readonly HeldBudget[],
  { target, request, isOpen }: WatchedStream,
): OutputWatch | undefined {
  const planned = tokensAt(tools, target, request);
  if (planned.bounded) return undefined;
  let reserved = planned.outputTokens;
  let from = reserved * BYTES_PER_TOKEN;

  /** Reserves for so much output in all budgets, or in none; returns those that have no room for it. */
  function reserve(tokens: number): readonly HeldBudget[] {
    const price = tools.prices.reservationNano(target, { ...planned, outputTokens: tokens }, request.now) ?? 0;
    const now = tools.clock.now();
    const moreOf = ({ heldNano }: HeldBudget): number => Math.max(0, price - heldNano);
    const full = budgets.filter((each) => moreOf(each) > Math.max(0, each.left(now)));
    if (full.length === 0) for (const each of budgets) each.hold(moreOf(each), now);
    return full;
  }

  return {
    get from() {
      return from;
    },
    grow(bytes) {
      if (!isOpen()) return true;
      reserved = Math.max(reserved, Math.ceil(bytes / BYTES_PER_TOKEN)) + STEP_TOKENS;
      const full = reserve(reserved);
      // Near its end a budget may have room for less than a step, and for more once another request has ended.
      from = full.length === 0 || full.some(isCut) ? reserved * BYTES_PER_TOKEN : bytes + STEP_TOKENS * BYTES_PER_TOKEN;
      return !full.some(isCut);
    },
  };
}

function isCut({ owned }: HeldBudget): boolean {
  return owned.budget.onOverrun === 'cut';
}
