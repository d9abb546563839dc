import { type BudgetCrossed, type Emit } from '../domain/events.ts';
import type { Clock } from '../lib/clock.ts';
import {
  type Admission,
  type AdmissionEnd,
  type AdmissionRequest,
  type Reservation,
  UNLIMITED,
} from '../limits/admission.ts';
import type { Demands } from '../limits/demand.ts';
import { type Owner, ownersOf, type TermsOf } from '../limits/owner.ts';
import { takeLimits } from '../limits/owner-limits.ts';
import { rateLimitHeaders } from '../limits/rate-limit-headers.ts';
import type { LimitState, Share } from '../state/limit-state.ts';
import { type BudgetHold, holdBudgets, type Settled } from './budget-hold.ts';
import { budgetHeaders } from './budget-headers.ts';
import type { PriceTools } from './price-request.ts';
import type { SpendLedger, Spent } from './spend-ledger.ts';

/** What an admission works with. */
export interface OwnerAdmissionOptions {
  readonly state: Pick<LimitState, 'takeAll' | 'standing'>;
  readonly ledger: SpendLedger;
  readonly prices: PriceTools['prices'];
  readonly demands: Pick<Demands, 'promptTokensOf' | 'usualAnswerOf' | 'unreportedTokensOf' | 'minimumTokensOf'>;
  readonly clock: Clock;
  readonly termsOf: TermsOf;
  readonly emit: Emit;
  /** Gets what each request has spent, to be stored. Must not throw and must not wait. */
  readonly onSpent: (spent: readonly Spent[]) => void;
}

/**
 * Admits requests by the limits and the budgets of their key and their tenant. What a request may take is reserved in the tick of the check, and replaced by what
 * it took where it ends. Throws `rate_limit_exceeded`, `concurrency_exceeded` or `budget_exceeded`.
 */
export function createOwnerAdmission(options: OwnerAdmissionOptions): Admission {
  const { state, demands, clock, termsOf } = options;

  function limitsOf(owners: readonly Owner[], { call, chain, needs, now }: AdmissionRequest): Share {
    const [first] = chain.entries;
    const target = first?.targets[0];
    const longest = Math.max(...chain.entries.map(({ timeouts: { connect, total } }) => connect + total));
    return takeLimits(state, {
      owners,
      tokens: target === undefined ? needs.inputTokens : demands.unreportedTokensOf(target, needs),
      minimumTokens: call.content.images || target === undefined ? 0 : demands.minimumTokensOf(target, needs),
      lease: chain.deadline + longest + LEASE_SLACK_MS,
      now,
    });
  }

  function moneyOf(owners: readonly Owner[], request: AdmissionRequest, share: Share): BudgetHold | undefined {
    try {
      return holdBudgets(options, owners, request);
    } catch (error) {
      share.release();
      throw error;
    }
  }

  return {
    reserve(request) {
      const owners = ownersOf(request.principal, termsOf);
      if (owners.length === 0) return UNLIMITED;
      const share = limitsOf(owners, request);
      const money = moneyOf(owners, request, share);
      const headers = { ...rateLimitHeaders(state, owners, clock.now()), ...budgetHeaders(options, owners) };
      return reservationOf({ headers, share, money }, (settled) => record(options, request, settled));
    },
  };
}

const LEASE_SLACK_MS = 60_000;

interface Held {
  readonly headers: Readonly<Record<string, string>>;
  readonly share: Share;
  readonly money: BudgetHold | undefined;
}

function reservationOf(
  { headers, share, money }: Held,
  recordSettled: (settled: readonly Settled[]) => void,
): Reservation {
  const settle = ({ usage, trail }: AdmissionEnd): void => {
    share.settle(usage === undefined ? 0 : (usage.input ?? 0) + (usage.output ?? 0));
    if (money !== undefined) recordSettled(money.settle(trail));
  };
  if (money === undefined) return { headers, settle };
  return {
    headers,
    settle,
    excludes: (target) => money.excludes(target),
    watchOutput: (target) => money.watchOutput(target),
  };
}

/** Stores what was spent, and reports each budget that has crossed its soft limit or its amount. */
function record(
  { ledger, clock, onSpent, emit }: OwnerAdmissionOptions,
  { principal }: AdmissionRequest,
  settled: readonly Settled[],
): void {
  if (settled.length === 0) return;
  onSpent(settled.map(({ spent }) => spent));
  for (const { owner, budget, beforeNano, spent } of settled) {
    const { endsAt } = ledger.account({ owner, budget }, clock.now());
    const spentNano = beforeNano + spent.nano;
    const crossed = (nano: number): boolean => beforeNano < nano && spentNano >= nano;
    const report = (threshold: BudgetCrossed['threshold']): void =>
      emit({
        kind: 'budget_crossed',
        owner: owner.kind,
        ownerId: owner.id,
        ownerName: owner.name,
        tenant: principal.tenant,
        period: budget.period,
        amountNano: budget.amountNano,
        spentNano,
        threshold,
        resetsAt: Number.isFinite(endsAt) ? endsAt : undefined,
      });
    if (budget.soft < 1 && crossed(budget.amountNano * budget.soft)) report('soft');
    if (crossed(budget.amountNano)) report('amount');
  }
}
