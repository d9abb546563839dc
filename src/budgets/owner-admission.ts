import { GatewayError } from '../domain/errors.ts';
import type { BudgetCrossed, Emit } from '../domain/events.ts';
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
import { type BudgetHold, forceHold, planHold, type Settled } from './budget-hold.ts';
import { budgetHeaders } from './budget-headers.ts';
import type { Leases } from './leases.ts';
import type { PriceTools } from './price-request.ts';
import type { SpendRow } from '../store/store.ts';
import type { SpendLedger } from './spend-ledger.ts';

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
  readonly onSpent: (spent: readonly SpendRow[]) => void;
  /** Leases from a store that other processes spend from too; undefined where this process has its budgets for itself. */
  readonly leases?: Leases | undefined;
  /** Whether requests are served while such a store does not say what is left. Called each time, so that a new configuration counts. */
  readonly whenUnknown: () => 'serve' | 'refuse';
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

  function heldBy(owners: readonly Owner[], request: AdmissionRequest, { share, money }: Held): Reservation {
    const headers = { ...rateLimitHeaders(state, owners, clock.now()), ...budgetHeaders(options, owners) };
    return reservationOf({ share, money }, { headers, onSettled: (settled) => record(options, request, settled) });
  }

  return {
    reserve(request) {
      const owners = ownersOf(request.principal, termsOf);
      if (owners.length === 0) return UNLIMITED;
      const share = limitsOf(owners, request);
      try {
        const plan = planHold(options, owners, request);
        const { leases } = options;
        if (plan?.exceeded === undefined || leases === undefined)
          return heldBy(owners, request, { share, money: plan?.take() });
        return leasedHold(options, leases, { owners, request }).then(
          (money) => heldBy(owners, request, { share, money }),
          (error: unknown) => {
            share.release();
            throw error;
          },
        );
      } catch (error) {
        share.release();
        throw error;
      }
    },
  };
}

/** Most leases that one request waits for. */
const MAX_LEASES = 20;

/** Takes what a request needs once the store has leased it. */
async function leasedHold(
  options: OwnerAdmissionOptions,
  leases: Leases,
  { owners, request }: { readonly owners: readonly Owner[]; readonly request: AdmissionRequest },
): Promise<BudgetHold | undefined> {
  for (let more = true, asked = 0; ; asked++) {
    const plan = planHold(options, owners, request);
    if (plan?.exceeded === undefined || !more || asked === MAX_LEASES) return plan?.take();
    try {
      more = await leases.acquire(plan.wanted);
    } catch (error) {
      if (options.whenUnknown() === 'serve') return forceHold(options, plan, request);
      throw new GatewayError('store_unavailable', {
        message: 'The store does not say what is left of a budget; try again.',
        retryAfter: 1,
        cause: error,
      });
    }
  }
}

const LEASE_SLACK_MS = 60_000;

interface Held {
  readonly share: Share;
  readonly money: BudgetHold | undefined;
}

function reservationOf(
  { share, money }: Held,
  {
    headers,
    onSettled,
  }: { readonly headers: Reservation['headers']; readonly onSettled: (settled: readonly Settled[]) => void },
): Reservation {
  const settle = ({ usage, trail }: AdmissionEnd): void => {
    share.settle(usage === undefined ? 0 : (usage.input ?? 0) + (usage.output ?? 0));
    if (money !== undefined) onSettled(money.settle(trail));
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
  { ledger, clock, onSpent, emit, leases }: OwnerAdmissionOptions,
  { principal }: AdmissionRequest,
  settled: readonly Settled[],
): void {
  if (settled.length === 0) return;
  for (const each of settled) leases?.used(each);
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
