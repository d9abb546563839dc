import type { Chain } from '../domain/chain.ts';
import { GatewayError } from '../domain/errors.ts';
import type { Emit } from '../domain/events.ts';
import type { Clock } from '../lib/clock.ts';
import { type Admission, type AdmissionRequest, type Reservation, UNLIMITED } from '../limits/admission.ts';
import type { Demands } from '../limits/demand.ts';
import type { TermsOf } from '../limits/owner.ts';
import { takeLimits } from '../limits/owner-limits.ts';
import { rateLimitHeaders } from '../limits/rate-limit-headers.ts';
import type { LimitState, Share } from '../state/limit-state.ts';
import type { SpendRow } from '../store/store.ts';
import { type BudgetHold, planHold } from './budget-hold.ts';
import { createBudgetHeaders } from './budget-headers.ts';
import type { OwnerBudget } from './held-budget.ts';
import type { Leases } from './leases.ts';
import type { PriceTools } from './price-request.ts';
import { createPrincipalTerms, type PrincipalTerms } from './principal-terms.ts';
import { type Held, OwnerReservation } from './owner-reservation.ts';
import type { ReservationCounts } from './reservation-counts.ts';
import type { SpendLedger } from './spend-ledger.ts';

/** What an admission works with. */
export interface OwnerAdmissionOptions {
  readonly state: Pick<LimitState, 'takeAll' | 'tightest'>;
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
  readonly reservations: ReservationCounts;
  /** Whether requests are served while such a store does not say what is left. Called each time, so that a new configuration counts. */
  readonly whenUnknown: () => 'serve' | 'refuse';
}

/**
 * Admits requests by the limits and the budgets of their key and their tenant. What a request may take is reserved in the tick of the check, and replaced by what
 * it took where it ends. Throws `rate_limit_exceeded`, `concurrency_exceeded` or `budget_exceeded`.
 */
export function createOwnerAdmission(options: OwnerAdmissionOptions): Admission {
  const { state, demands, clock, leases } = options;
  const termsOf = createPrincipalTerms(options.termsOf);
  const addBudgetHeaders = createBudgetHeaders(options.ledger);

  function shareOf(terms: PrincipalTerms, { call, chain, needs, now }: AdmissionRequest): Share {
    const target = chain.entries[0]?.targets[0];
    const demand = {
      tokens: target === undefined ? needs.inputTokens : demands.unreportedTokensOf(target, needs),
      minimumTokens: call.content.images || target === undefined ? 0 : demands.minimumTokensOf(target, needs),
      lease: longestOf(chain),
    };
    return takeLimits(state, terms, demand, now);
  }

  function reservation(terms: PrincipalTerms, held: Held): Reservation {
    return new OwnerReservation(options, held, headersOf(terms));
  }

  function headersOf({ counted, budgets }: PrincipalTerms): Reservation['headers'] {
    const now = clock.now();
    const headers = rateLimitHeaders(state, counted, now);
    addBudgetHeaders(headers, budgets, now);
    return headers;
  }

  return {
    reserve(request) {
      const terms = termsOf(request.principal);
      if (terms === undefined) return UNLIMITED;
      const share = shareOf(terms, request);
      try {
        if (terms.budgets.length === 0) return reservation(terms, { request, share, money: undefined });
        const money = planHold(options, terms.budgets, request);
        if (!money.isExceeded || leases === undefined) {
          money.take();
          return reservation(terms, { request, share, money });
        }
        return leasedHold(options, leases, { budgets: terms.budgets, request }).then(
          (leased) => reservation(terms, { request, share, money: leased }),
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
const MOST_LEASES = 20;

interface Wanted {
  readonly budgets: readonly OwnerBudget[];
  readonly request: AdmissionRequest;
}

/** Takes what a request needs once the store has leased it. */
async function leasedHold(
  options: OwnerAdmissionOptions,
  leases: Leases,
  { budgets, request }: Wanted,
): Promise<BudgetHold> {
  for (let more = true, asked = 0; ; asked++) {
    const money = planHold(options, budgets, request);
    if (!money.isExceeded || !more || asked === MOST_LEASES) {
      money.take();
      return money;
    }
    try {
      more = await leases.acquire(money.held);
    } catch (error) {
      if (options.whenUnknown() === 'serve') {
        money.force();
        return money;
      }
      throw new GatewayError('store_unavailable', {
        message: 'The store does not say what is left of a budget; try again.',
        retryAfter: 1,
        cause: error,
      });
    }
  }
}

const LEASE_SLACK_MS = 60_000;

/** How long a request of a chain lasts at most, in milliseconds. */
function longestOf({ entries, deadline }: Chain): number {
  let longest = 0;
  for (const { timeouts } of entries) longest = Math.max(longest, timeouts.connect + timeouts.total);
  return deadline + longest + LEASE_SLACK_MS;
}
