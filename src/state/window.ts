import type { LimitRules, LimitSource, Observation, WindowName } from '../domain/limits.ts';
import { nextMidnight } from '../lib/midnight.ts';

const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;
/** A window of the vendor's clock counts as open again so much later than by ours: clocks differ. */
const CLOCKS_DIFFER_MS = 1000;
/** What is spent within this share of a rolling window is kept as one sum, so that a window costs the same whatever its limit. */
const STEPS = 60;

/** A sum that counts until it expires. `order` is that of the youngest request in it. */
interface Spent {
  readonly since: number;
  amount: number;
  until: number;
  order: number;
}

/** What the vendor himself said was used. */
interface Base {
  readonly used: number;
  readonly at: number;
  readonly until: number;
  readonly order: number;
  /** Whether it comes back little by little until then. */
  readonly refills: boolean;
}

/** One window of one vendor's count: what is used of it, by our own count and by his. Amounts are requests or tokens. */
export interface Window {
  /** As the vendor told it, in a refusal or in headers; undefined before he did. */
  readonly told: { readonly limit: number; readonly source: LimitSource } | undefined;
  /** Counts an amount that request number `order` took. */
  spend(amount: number, order: number, now: number): void;
  /** Learns from the reply to request number `order`; it is counted already. */
  observe(observation: Observation, order: number, now: number): void;
  learn(limit: number): void;
  used(now: number): number;
  /** When all of it is there again; undefined while nothing is used. */
  resetsAt(now: number): number | undefined;
  /** The earliest time at which `amount` more fit into `limit`; undefined where that is never by the passing of time alone. */
  fitsAt(amount: number, limit: number, now: number): number | undefined;
  /** Takes up what an earlier process counted. */
  restore(used: number, until: number): void;
}

/** Makes an empty window that counts as the vendor does. */
export function createWindow(name: WindowName, rules: LimitRules): Window {
  const daily = name === 'requestsPerDay' || name === 'tokensPerDay';
  const span = daily ? DAY_MS : MINUTE_MS;
  const rolling = (daily ? rules.day : rules.minute) === 'rolling';
  let told: Window['told'];
  let spent: Spent[] = [];
  let base: Base | undefined;
  /** Nothing is left until then, of a limit that is not known. */
  let emptyUntil = 0;

  function endOf(now: number): number {
    if (rolling) return now + span;
    const end =
      rules.day === 'rolling' || !daily ? (Math.floor(now / MINUTE_MS) + 1) * MINUTE_MS : nextMidnight(rules.day, now);
    return end + CLOCKS_DIFFER_MS;
  }

  function prune(now: number): void {
    if (spent.some(({ until }) => until <= now)) spent = spent.filter(({ until }) => until > now);
    if (base !== undefined && base.until <= now) base = undefined;
  }

  function baseAt(time: number): number {
    if (base === undefined || time >= base.until) return 0;
    return base.refills ? (base.used * (base.until - time)) / (base.until - base.at) : base.used;
  }

  function used(now: number): number {
    prune(now);
    return spent.reduce((sum, { amount }) => sum + amount, baseAt(now));
  }

  return {
    get told() {
      return told;
    },
    spend(amount, order, now) {
      if (amount <= 0) return;
      prune(now);
      const last = spent.at(-1);
      const until = endOf(now);
      if (last !== undefined && (rolling ? now - last.since < span / STEPS : last.until === until)) {
        last.amount += amount;
        last.until = until;
        last.order = Math.max(last.order, order);
      } else spent.push({ since: now, amount, until, order });
    },
    observe({ limit, remaining, resetsAt }, order, now) {
      if (limit !== undefined && limit > 0) told = { limit, source: 'observed' };
      if (remaining === undefined) return;
      if (told === undefined) {
        if (remaining <= 0 && resetsAt !== undefined) emptyUntil = Math.max(emptyUntil, resetsAt);
        return;
      }
      prune(now);
      const known = base;
      const counted = Math.max(0, told.limit - remaining);
      // Replies overtake each other: an older one may tell of more, and never of less.
      if (known !== undefined && order < known.order && counted <= used(now)) return;
      spent = spent.filter((each) => each.order > order);
      const until = resetsAt !== undefined && resetsAt > now ? resetsAt : endOf(now);
      base = { used: counted, at: now, until, order, refills: rules.refills && resetsAt !== undefined };
    },
    learn(limit) {
      if (told?.source !== 'observed' && limit > 0) told = { limit, source: 'learned' };
    },
    used,
    resetsAt(now) {
      prune(now);
      const ends = [...spent.map(({ until }) => until), ...(base === undefined ? [] : [base.until])];
      return ends.length === 0 ? undefined : Math.max(...ends);
    },
    fitsAt(amount, limit, now) {
      let start = Math.max(now, emptyUntil);
      if (start === now && used(now) + amount <= limit) return now;
      prune(now);
      const ends = new Set(spent.map(({ until }) => until).filter((until) => until > start));
      if (base !== undefined && base.until > start) ends.add(base.until);
      for (const end of [...[...ends].toSorted((a, b) => a - b), Infinity]) {
        const from = start;
        const others = spent.reduce((sum, each) => (each.until > from ? sum + each.amount : sum), 0);
        const room = limit - amount - others;
        if (room >= baseAt(start)) return start;
        // Within a step only what refills changes.
        if (base?.refills === true && room > 0) {
          const at = base.until - ((base.until - base.at) * room) / base.used;
          if (at < end) return Math.ceil(at);
        }
        start = end;
      }
      return undefined;
    },
    restore(amount, until) {
      spent.push({ since: until - span, amount, until, order: 0 });
    },
  };
}
