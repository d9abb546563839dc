import type { Clock } from '../../lib/clock.ts';
import { createCohort } from '../../lib/cohort.ts';
import { type Limits, type Observation, WINDOW_NAMES } from '../../domain/limits.ts';
import type { Counter } from '../counter.ts';
import type { Journal } from '../journal.ts';
import type { Counted } from '../limit-state.ts';
import { AccountLink, type LinkParts } from './account-link.ts';
import { LinkKey } from './link-key.ts';

/** What was not used for so long is forgotten once all of it is reported, in milliseconds. */
const IDLE_MS = 600_000;
/** What was used within this time is read again each second, in milliseconds: a share in an outage is of what was heard last. */
const WARM_MS = 10_000;
/** How the accounts of this gateway's keys and tenants begin: there may be as many as keys, so they are read again less often. */
const OWNERS = /^(?:key|tenant):/;

/** The links of all accounts to a ledger. */
export interface Links {
  /** The link and the counter of a target, a key or a tenant; made where there is none. */
  of(counted: Counted, counter: () => Counter): { readonly link: AccountLink; readonly key: LinkKey };
  /** What is known of a counter by its key; undefined where nothing was ever counted with the ledger. */
  find(counterKey: string): LinkKey | undefined;
  journalOf(counted: Counted, counter: () => Counter): Journal;
  learned(counted: Counted, counter: () => Counter, limits: Limits): void;
  forgetLimits(): void;
  all(): Iterable<AccountLink>;
  keys(): Iterable<LinkKey>;
  /** Renews leases, reads again what is in use, and forgets what is idle. Called each second. */
  tick(): void;
}

/** Returns links of which none is made yet. */
export function createLinks(parts: Omit<LinkParts, 'inCohort'>): Links {
  return new AccountLinks({ ...parts, inCohort: createCohort() });
}

class AccountLinks implements Links {
  readonly #parts: LinkParts;
  readonly #clock: Clock;
  readonly #links = new Map<string, AccountLink>();
  /** By `counterKey`. */
  readonly #keys = new Map<string, LinkKey>();
  #renewedAt = 0;

  constructor(parts: LinkParts) {
    this.#parts = parts;
    this.#clock = parts.clock;
  }

  of(counted: Counted, counter: () => Counter): { readonly link: AccountLink; readonly key: LinkKey } {
    const { account, counterKey } = counted;
    let link = this.#links.get(account);
    if (link === undefined) this.#links.set(account, (link = new AccountLink(account, this.#parts)));
    let key = link.key(counterKey);
    if (key === undefined) {
      key = new LinkKey(counted, counter);
      link.add(key);
      this.#keys.set(counterKey, key);
    } else key.use(counted, counter);
    return { link, key };
  }

  find(counterKey: string): LinkKey | undefined {
    return this.#keys.get(counterKey);
  }

  journalOf(counted: Counted, counter: () => Counter): Journal {
    const { offset } = this.#parts;
    const place = (): ReturnType<Links['of']> => this.of(counted, counter);
    return {
      spent(window, amount, { until, limit }) {
        const { link, key } = place();
        link.record(key, { kind: 'spent', window, amount, until: until + offset(), limit });
      },
      observed({ sharedMarks }, observation, { amount, until }) {
        const { link, key } = place();
        const mark = sharedMarks?.[observation.window];
        const observed = inLedgerTime(observation, offset());
        link.record(key, { kind: 'observed', observation: observed, amount, mark, until: until + offset() });
      },
      freed() {
        const { link, key } = place();
        key.freed();
        link.touch(key);
      },
    };
  }

  learned(counted: Counted, counter: () => Counter, limits: Limits): void {
    const { link, key } = this.of(counted, counter);
    for (const window of WINDOW_NAMES) {
      const limit = limits[window];
      if (limit !== undefined) link.record(key, { kind: 'learned', window, limit });
    }
  }

  forgetLimits(): void {
    for (const link of this.#links.values()) for (const key of link.keys) link.record(key, { kind: 'forget_limits' });
  }

  all(): Iterable<AccountLink> {
    return this.#links.values();
  }

  keys(): Iterable<LinkKey> {
    return this.#keys.values();
  }

  tick(): void {
    const now = this.#clock.now();
    const isRenewal = now - this.#renewedAt >= this.#parts.lease / 3;
    if (isRenewal) this.#renewedAt = now;
    for (const [account, link] of this.#links) {
      const isWarm = now - link.usedAt < WARM_MS;
      if (link.isBusy ? isRenewal || !OWNERS.test(account) : isWarm && !OWNERS.test(account)) link.renew();
      else if (now - link.usedAt > IDLE_MS && link.isIdle) this.#drop(account, link);
    }
  }

  #drop(account: string, link: AccountLink): void {
    this.#links.delete(account);
    for (const { counted } of link.keys) this.#keys.delete(counted.counterKey);
  }
}

function inLedgerTime(observation: Observation, offset: number): Observation {
  const { resetAt } = observation;
  return resetAt === undefined ? observation : { ...observation, resetAt: resetAt + offset };
}
