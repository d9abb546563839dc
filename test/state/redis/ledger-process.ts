import { PLAIN_RULES, WINDOW_NAMES, type WindowName } from '../../../src/domain/limits.ts';
import { periodOf } from '../../../src/state/period.ts';
import type {
  Booked,
  Change,
  KeyReport,
  SharedTake,
  SharedWindow,
  SyncReply,
  SyncRequest,
} from '../../../src/state/shared/counts.ts';
import type { Mark } from '../../../src/state/window-corrections.ts';
import type { FakeClock } from '../../helpers/clock.ts';
import type { DrawnChange, Step, World } from './world.ts';

const LEASE = 30_000;

/** A process as far as the ledger sees it: what it holds, and the marks that it has seen. */
export class LedgerProcess {
  readonly #id: string;
  readonly #world: World;
  readonly #clock: FakeClock;
  readonly #booked = new Map<number, number[]>();
  readonly #marks = new Map<string, Mark[]>();
  #number = 0;
  #last: SyncRequest | undefined;

  constructor(id: string, world: World, clock: FakeClock) {
    this.#id = id;
    this.#world = world;
    this.#clock = clock;
  }

  request({ again, keys, ended, changes, takes }: Step): SyncRequest {
    if (again && this.#last !== undefined) return this.#again(this.#last);
    for (const key of keys) for (let each = 0; each < ended; each++) this.#bookedOf(key).shift();
    const demands: SharedTake[] = takes.map((parts) => ({
      parts: parts
        .filter(({ key }) => keys.includes(key))
        .map(({ key, tokens, share }) => ({ key: keys.indexOf(key), tokens, minimumTokens: tokens * share })),
    }));
    const reports = keys.map((key) => this.#report(key, changes[key] ?? []));
    this.#last = {
      account: 'account',
      process: this.#id,
      number: this.#number++,
      lease: LEASE,
      keys: reports,
      takes: demands.filter(({ parts }) => parts.length > 0),
    };
    return this.#last;
  }

  hear(request: SyncRequest, reply: SyncReply): void {
    for (const [index, { windows }] of reply.keys.entries()) {
      const key = keyOf(request.keys[index]);
      for (const seen of windows) {
        const end = this.#endOf(key, seen.window);
        const name = `${key} ${seen.window}`;
        this.#marks.set(name, [{ ...markOf(seen), end }, ...(this.#marks.get(name) ?? [])].slice(0, 6));
      }
    }
    for (const [index, taken] of reply.takes.entries()) {
      if (taken.kind !== 'taken') continue;
      for (const part of request.takes[index]?.parts ?? [])
        this.#bookedOf(keyOf(request.keys[part.key])).push(part.tokens);
    }
  }

  /** The same request, with what it says of the time of now: none is sent again a day later. */
  #again(request: SyncRequest): SyncRequest {
    return { ...request, keys: request.keys.map((report) => ({ ...report, ends: this.#ends(keyOf(report)) })) };
  }

  #ends(key: number): KeyReport['ends'] {
    return Object.fromEntries(WINDOW_NAMES.map((name) => [name, this.#endOf(key, name)]));
  }

  #report(key: number, drawn: readonly DrawnChange[]): KeyReport {
    return {
      key: `counter ${key}`,
      rules: this.#world.rules[key] ?? PLAIN_RULES,
      limits: this.#world.limits[key] ?? {},
      booked: this.#amounts(key),
      changes: drawn.map((each) => this.#change(key, each)),
      ends: this.#ends(key),
    };
  }

  #amounts(key: number): Booked {
    const tokens = this.#bookedOf(key);
    const sum = tokens.reduce((total, each) => total + each, 0);
    const running = tokens.length;
    return { running, requestsPerMinute: running, tokensPerMinute: sum, requestsPerDay: running, tokensPerDay: sum };
  }

  #change(key: number, drawn: DrawnChange): Change {
    switch (drawn.kind) {
      case 'spent': {
        const until = this.#endOf(key, drawn.window);
        return { ...drawn, until, limit: this.#world.limits[key]?.[drawn.window] };
      }
      case 'observed': {
        const { window: name, limit, remaining, resetIn, amount: own, mark } = drawn;
        const resetAt = resetIn === undefined ? undefined : Math.floor(this.#clock.now()) + resetIn;
        const sent = mark === undefined ? undefined : this.#marks.get(`${key} ${name}`)?.[mark];
        return {
          kind: 'observed',
          observation: { window: name, limit, remaining, resetAt },
          amount: own,
          mark: sent,
          until: this.#endOf(key, name),
        };
      }
      case 'learned':
      case 'forget_limits':
        return drawn;
    }
  }

  #bookedOf(key: number): number[] {
    const booked = this.#booked.get(key) ?? [];
    this.#booked.set(key, booked);
    return booked;
  }

  #endOf(key: number, name: WindowName): number {
    return periodOf(name, this.#world.rules[key] ?? PLAIN_RULES).endOf(this.#clock.now());
  }
}

function keyOf(report: KeyReport | undefined): number {
  return Number(report?.key.split(' ')[1]);
}

function markOf({ spent, unobserved, raised, lowered }: SharedWindow): Omit<Mark, 'end'> {
  return { spent, unobserved, raised, lowered };
}
