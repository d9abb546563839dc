import type { Chain } from '../domain/chain.ts';
import { GatewayError } from '../domain/errors.ts';
import { type Admission, type AdmissionRequest, type Reservation, UNLIMITED } from '../limits/admission.ts';
import { takeLimits } from '../limits/owner-limits.ts';
import { rateLimitHeaders } from '../limits/rate-limit-headers.ts';
import type { Share } from '../state/limit-state.ts';
import type { OwnerAdmissionOptions } from './admission-options.ts';
import { type BudgetHold, planHold } from './budget-hold.ts';
import { createBudgetHeaders } from './budget-headers.ts';
import type { OwnerBudget } from './held-budget.ts';
import type { Leases } from './leases.ts';
import { createPrincipalTerms, type PrincipalTerms } from './principal-terms.ts';
import { type Held, OwnerReservation } from './owner-reservation.ts';

/**
 * Admits requests by the limits and the budgets of their key and their tenant. What a request may take is reserved in the tick of the check, and replaced by what
 * it took where it ends. Throws `rate_limit_exceeded`, `concurrency_exceeded` or `budget_exceeded`.
 */
export function createOwnerAdmission(options: OwnerAdmissionOptions): Admission {
  const { state, demands, clock, leases } = options;
  const termsOf = createPrincipalTerms(options.termsOf);
  const addBudgetHeaders = createBudgetHeaders(options.ledger);

  function shareOf(terms: PrincipalTerms, { call, chain, needs, now }: AdmissionRequest): Share | Promise<Share> {
    const target = chain.entries[0]?.targets[0];
    const demand = {
      tokens: target === undefined ? needs.inputTokens : demands.unreportedTokensOf(target, needs),
      minimumTokens: call.content.images || target === undefined ? 0 : demands.minimumTokensOf(target, needs),
      lease: longestOf(chain),
      now,
    };
    return takeLimits(state, terms, demand);
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
    wouldExclude(request) {
      const budgets = termsOf(request.principal)?.budgets ?? [];
      if (budgets.length === 0) return undefined;
      const money = planHold(options, budgets, request);
      return (target) => {
        const lack = money.excludes(target);
        // Of a budget that is shared, the store may lease what this process lacks.
        return leases !== undefined && lack?.reason === 'over_budget' ? undefined : lack;
      };
    },
    reserve(request) {
      const terms = termsOf(request.principal);
      if (terms === undefined) return UNLIMITED;
      const share = shareOf(terms, request);
      return share instanceof Promise
        ? share.then((taken) => withMoney(terms, request, taken))
        : withMoney(terms, request, share);
    },
  };

  /** Reserves money beside a share; a share that stays without money is released. */
  function withMoney(
    terms: PrincipalTerms,
    request: AdmissionRequest,
    share: Share,
  ): Reservation | Promise<Reservation> {
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
  }
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
