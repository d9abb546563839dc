import type { Target } from '../domain/chain.ts';
import type { AdmissionEnd, AdmissionRequest, OutputWatch, Reservation } from '../limits/admission.ts';
import type { Share } from '../state/limit-state.ts';
import type { Lack } from '../targets/lack.ts';
import type { BudgetHold, Settled } from './budget-hold.ts';
import type { OwnerAdmissionOptions } from './admission-options.ts';

/** What an admitted request holds. */
export interface Held {
  readonly request: AdmissionRequest;
  readonly share: Share;
  /** Undefined where nothing has a budget. */
  readonly money: BudgetHold | undefined;
}

/** What an admitted request holds of the limits and the budgets of its key and its tenant, until it is settled. */
export class OwnerReservation implements Reservation {
  readonly headers: Reservation['headers'];
  readonly #options: OwnerAdmissionOptions;
  readonly #held: Held;
  #settled = false;

  constructor(options: OwnerAdmissionOptions, held: Held, headers: Reservation['headers']) {
    this.headers = headers;
    this.#options = options;
    this.#held = held;
    options.reservations.open++;
  }

  excludes(target: Target): Lack | undefined {
    return this.#held.money?.excludes(target);
  }

  watchOutput(target: Target): OutputWatch | undefined {
    return this.#held.money?.watchOutput(target);
  }

  settle({ usage, trail }: AdmissionEnd): void {
    const { reservations } = this.#options;
    if (this.#settled) return void reservations.settledTwice++;
    this.#settled = true;
    reservations.open--;
    const { share, money } = this.#held;
    share.settle(usage === undefined ? 0 : (usage.input ?? 0) + (usage.output ?? 0));
    if (money !== undefined) this.#spent(money.settle(trail));
  }

  #spent(settled: readonly Settled[]): void {
    if (settled.length === 0) return;
    const { leases, onSpent, crossings } = this.#options;
    if (leases !== undefined) for (const { owned } of settled) leases.used(owned);
    onSpent(settled.map(({ spent }) => spent));
    crossings.settled(this.#held.request.principal, settled);
  }
}
