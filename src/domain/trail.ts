import type { OutcomeKind } from './outcome.ts';
import { type Cost, NO_COST, sumOfUsages, UNKNOWN_COST, type Usage } from './usage.ts';

/**
 * Why an entry was skipped. `cooling_down`: a limit, billing, its key or its model; `breaker_open`: it keeps failing; `limited`: too little of
 * a limit remains; `too_large`: larger than a whole limit, or than its context window; `lacks_capability`: it does not take such a request;
 * `not_allowed`: the patterns of the key do not match it; `no_price`: its price is unknown, and the key or its tenant has a budget;
 * `over_budget`: a budget has no room for what the request may cost there.
 */
export type SkipReason =
  | 'cooling_down'
  | 'breaker_open'
  | 'limited'
  | 'too_large'
  | 'lacks_capability'
  | 'not_allowed'
  | 'no_price'
  | 'over_budget';

/** One line of a trail: an attempt that was sent, or an entry that was skipped with its reason. Safe to show to a client, whatever its role. */
export interface TrailStep {
  readonly provider: string;
  readonly model: string;
  /** Which of the provider's keys, counted from 1; absent where it has no pool of them. */
  readonly key?: number | undefined;
  readonly outcome: OutcomeKind;
  /** Why an entry was skipped, or `hedge_lost` for an attempt that was cancelled because the other one has answered; otherwise absent. */
  readonly reason?: SkipReason | 'hedge_lost' | undefined;
  /** Set for an attempt that was sent beside another one, which was slow. */
  readonly hedge?: true | undefined;
  readonly status?: number | undefined;
  /** The provider's words, or the reason of a skip in a sentence. Callers get it on request only; see `visibleTo`. */
  readonly message?: string | undefined;
  /** Start of the attempt, in milliseconds since the request was accepted; absent for a skipped entry. */
  readonly startedMs?: number | undefined;
  /** Milliseconds from the attempt's start until its request was on a connection, by its first exchange; absent where it never was. */
  readonly connectedMs?: number | undefined;
  /** Milliseconds from the attempt's start to the commit of its stream; absent for JSON and without a commit. */
  readonly firstTokenMs?: number | undefined;
  /** Milliseconds from the attempt's start until its outcome was known; absent for a skipped entry. */
  readonly durationMs?: number | undefined;
  /**
   * What the attempt used, once it has ended: its answer, what a failed one is known to have used all the same, or an estimate where one was
   * sent and did not answer. Absent where nothing was.
   */
  readonly usage?: Usage | undefined;
  /** What that cost, in billionths of a US dollar; absent where it is unknown, and without a usage. */
  readonly costNano?: number | undefined;
  /** Where the cost is from; absent with the cost. */
  readonly costSource?: Cost['source'] | undefined;
  /** Set where the cost is not exact. */
  readonly costApproximate?: true | undefined;
}

/** The sources of costs, the least certain one first. */
const BY_CERTAINTY = ['table', 'configured', 'provider'] as const satisfies readonly Cost['source'][];

/**
 * What the attempts of a trail cost together: nothing where none has used anything, unknown where one of them has a usage without a known
 * cost. The source is the least certain one.
 */
export function costOfTrail(
  trail: readonly Pick<TrailStep, 'usage' | 'costNano' | 'costSource' | 'costApproximate'>[],
): Cost {
  let nano = 0;
  let approximate = false;
  const sources = new Set<Cost['source'] | undefined>();
  for (const step of trail) {
    if (step.usage === undefined) continue;
    if (step.costNano === undefined) return UNKNOWN_COST;
    nano += step.costNano;
    approximate ||= step.costApproximate === true;
    sources.add(step.costSource);
  }
  const source = BY_CERTAINTY.find((each) => sources.has(each));
  return source === undefined ? NO_COST : { nano, source, approximate };
}

/**
 * The step that answered, where an attempt of another entry had failed before it. Neither a retry of its own entry nor an attempt beside a slow one makes
 * a failover.
 */
export function failoverOf(trail: readonly TrailStep[]): TrailStep | undefined {
  const at = trail.findIndex(({ outcome }) => outcome === 'answered');
  const answered = trail[at];
  // Most requests are answered by the first step.
  if (answered === undefined || at === 0) return undefined;
  const before = trail.slice(0, at);
  const hasFailed = before.some(
    ({ outcome, reason, hedge, provider, model }) =>
      outcome !== 'skipped' &&
      reason !== 'hedge_lost' &&
      hedge !== true &&
      (provider !== answered.provider || model !== answered.model),
  );
  return hasFailed ? answered : undefined;
}

/** What the attempts of a trail have used together; undefined where that is known of none. */
export function usageOf(trail: readonly Pick<TrailStep, 'usage'>[]): Usage | undefined {
  const usages = trail.map(({ usage }) => usage).filter((usage) => usage !== undefined);
  return usages.length === 0 ? undefined : sumOfUsages(usages);
}

/**
 * What a request has used: its answer, and the whole answers that failed its check. Without an answer, what the attempts of its trail have
 * used; undefined where that is known of none.
 */
export function usageWithInvalid(answered: Usage | undefined, trail: readonly TrailStep[]): Usage | undefined {
  if (answered === undefined) return usageOf(trail);
  const invalid = trail.filter(({ outcome }) => outcome === 'invalid_answer');
  return invalid.length === 0 ? answered : usageOf([{ usage: answered }, ...invalid]);
}

/** Number of attempts of a trail that were sent. */
export function attemptsOf(trail: readonly TrailStep[]): number {
  return trail.reduce((sent, step) => sent + (step.outcome === 'skipped' ? 0 : 1), 0);
}

/** Whether one of the attempts of a trail was sent beside another one. */
export function isHedged(trail: readonly TrailStep[]): boolean {
  return trail.some(({ hedge }) => hedge === true);
}
