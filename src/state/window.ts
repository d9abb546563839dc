import type { LimitRules, Observation, WindowName } from '../domain/limits.ts';
import { type ConfirmedLimit, createConfirmedLimit } from './confirmed-limit.ts';
import { CLOCKS_DIFFER_MS, periodOf } from './period.ts';
import { createExpiringSums, type Sum } from './expiring-sums.ts';

/** What ceases to count within this share of the window is kept as one sum, so that a window costs the same whatever its limit. */
const STEPS = 60;

/** A bucket is never further below its bottom than it is deep. */
const MOST_TAKEN = 2;

/** How far a window had counted when a request was sent: what its reply tells is as of some time after that. */
export interface Mark {
  /** All that was ever spent, and of it what no observation came with. */
  readonly spent: number;
  readonly unobserved: number;
  /** How often the vendor had told of more than was counted, and of less. */
  readonly raised: number;
  readonly lowered: number;
  /** When a fixed window that was open then is open anew. */
  readonly end: number;
}

/** What the vendor says is used beyond what we count. */
interface Base {
  readonly used: number;
  readonly at: number;
  readonly until: number;
}

/** One window of one vendor's count: what is used of it, by our own count and by his. Amounts are requests or tokens, times milliseconds since the epoch. */
export interface Window {
  /** Its limit, as the vendor told it. */
  readonly belief: ConfirmedLimit;
  mark(now: number): Mark;
  /** Counts an amount that the vendor counted by now, of a window with this limit, where one is known. */
  spend(amount: number, now: number, limit?: number): void;
  /** Counts an amount whose reply tells of this window, and learns from it. `mark`: when it was sent; undefined where the window was not there yet. */
  observe(
    observation: Observation,
    sent: { readonly mark: Mark | undefined; readonly amount: number },
    now: number,
  ): void;
  used(now: number): number;
  /** When all of it is there again; undefined while nothing is used. */
  resetAt(now: number): number | undefined;
  /** The earliest time at which `amount` more fit into `limit`; undefined where that is never by the passing of time alone. */
  fitsAt(amount: number, limit: number, now: number): number | undefined;
  /** When an amount that is counted now ceases to count. */
  endsAt(now: number): number;
  /** What counts, in parts by when each ceases to. */
  parts(now: number): readonly Sum[];
  /** Takes up a part that an earlier process counted. */
  restore(part: Sum): void;
}

/** Makes an empty window that counts as the vendor does. */
export function createWindow(name: WindowName, rules: LimitRules): Window {
  const period = periodOf(name, rules);
  const { span, rolling, refills } = period;
  const own = createExpiringSums(span / STEPS);
  const belief = createConfirmedLimit(period.belief);
  let base: Base | undefined;
  /** Nothing is left until then, of a limit that is not known. */
  let emptyUntil = 0;
  const counts = { spent: 0, unobserved: 0, raised: 0, lowered: 0 };

  function baseAt(time: number): number {
    if (base === undefined || time >= base.until) return 0;
    return refills ? (base.used * (base.until - time)) / (base.until - base.at) : base.used;
  }

  /** When no more than `room` of it is left. */
  function baseFitsAt(room: number): number {
    if (base === undefined || base.used <= room) return 0;
    if (!refills) return base.until;
    return Math.min(base.until, Math.ceil(base.until - ((base.until - base.at) * room) / base.used));
  }

  function used(now: number): number {
    if (base !== undefined && base.until <= now) base = undefined;
    return own.total(now) + baseAt(now);
  }

  function add(amount: number, now: number): void {
    counts.spent += amount;
    own.add(amount, period.endOf(now));
  }

  function spend(amount: number, now: number, limit?: number): void {
    if (amount <= 0) return;
    belief.passed();
    counts.unobserved += amount;
    if (!refills || limit === undefined || limit <= 0) return add(amount, now);
    counts.spent += amount;
    // A bucket gives back at its own pace what it was asked for, whether or not it says so.
    const ours = own.total(now);
    const before = used(now);
    own.drop(Infinity);
    // Answers may take more than was left, and far more than all of it was refused.
    const all = Math.min(before, MOST_TAKEN * limit) + amount;
    const until = Math.min((base?.until ?? now) + (span * (ours + amount)) / limit, now + (span * all) / limit);
    base = { used: all, at: now, until };
  }

  /** The count is `target` from now on, of which the vendor has counted so much until then. */
  function refill(all: number, { counted, until, stands, limit }: Seen, now: number): void {
    own.drop(Infinity);
    // More than all of a bucket is never gone: what is beyond it was refused.
    const target = Math.min(all, Math.max(limit, counted));
    // What he did not count yet comes back after what he did.
    const rest = (span * (target - counted)) / limit;
    const last = target > counted ? Math.max(until + rest, now + (span * target) / limit) : until;
    base = target > 0 ? { used: target, at: now, until: Math.max(last, stands) } : undefined;
  }

  /** The count is `target` from now on: what is beyond our own count is there again at `until`. */
  function correct(target: number, until: number, now: number): void {
    const ours = own.total(now);
    own.drop(ours - target);
    base = target > ours ? { used: target - ours, at: now, until } : undefined;
  }

  function observeEmpty(remaining: number, resetAt: number | undefined, fresh: boolean): void {
    if (remaining > 0 || belief.told !== undefined) {
      if (fresh) emptyUntil = 0;
    } else if (resetAt !== undefined && resetAt > emptyUntil) {
      emptyUntil = resetAt;
      counts.raised++;
    }
  }

  function untilOf(resetAt: number | undefined, sent: Mark, now: number): number {
    if (rolling) return resetAt ?? now + span;
    return resetAt === undefined ? sent.end : resetAt + CLOCKS_DIFFER_MS;
  }

  return {
    belief,
    mark: (now) => ({ ...counts, end: period.endOf(now) }),
    spend,
    observe({ limit, remaining, resetAt }, { mark, amount }, now) {
      belief.observe(limit);
      const sent = mark ?? { spent: 0, unobserved: 0, raised: 0, lowered: 0, end: period.endOf(now) };
      const fresh = sent.raised === counts.raised;
      if (remaining !== undefined) observeEmpty(remaining, resetAt, fresh);
      const until = untilOf(resetAt, sent, now);
      // What a window had left says nothing of the one after it.
      const whole = belief.told?.limit ?? 0;
      if (whole === 0 || remaining === undefined || (until <= now && !refills))
        return spend(amount, now, belief.told?.limit);
      const before = used(now);
      const counted = until <= now ? 0 : Math.max(0, whole - remaining);
      const since = counts.spent - sent.spent;
      add(amount, now);
      // What a later reply told includes this request, unless a still later one has told of less.
      const included = !fresh && sent.lowered === counts.lowered;
      const ours = included ? before : before + amount;
      // Replies overtake each other: one that was sent before the vendor told of more may tell of still more, and never of less.
      const most = fresh ? counted + since : Infinity;
      const target = Math.max(counted + counts.unobserved - sent.unobserved, Math.min(ours, most));
      if (target > ours) counts.raised++;
      if (target < ours) counts.lowered++;
      // Nor does one that was overtaken tell of an earlier end.
      const stands = fresh ? 0 : (base?.until ?? 0);
      if (refills) return refill(target, { counted, until: Math.max(until, now), stands, limit: whole }, now);
      correct(target, Math.max(until, stands), now);
      if (fresh && since === 0 && resetAt !== undefined) own.cap(until);
    },
    used,
    resetAt(now) {
      const last = Math.max(own.after(now).at(-1)?.until ?? 0, base?.until ?? 0, emptyUntil);
      return last > now ? last : undefined;
    },
    fitsAt(amount, limit, now) {
      if (amount > limit) return undefined;
      let start = Math.max(now, emptyUntil);
      if (start === now && used(now) + amount <= limit) {
        belief.passed();
        return now;
      }
      const sums = own.after(start);
      let ours = sums.reduce((sum, each) => sum + each.amount, 0);
      for (const each of sums) {
        const at = Math.max(start, baseFitsAt(limit - amount - ours));
        if (ours + amount <= limit && at < each.until) return at;
        start = each.until;
        ours -= each.amount;
      }
      return Math.max(start, baseFitsAt(limit - amount));
    },
    endsAt: (now) => period.endOf(now),
    parts(now) {
      const others = used(now) - own.total(now);
      return [...own.after(now), ...(base === undefined ? [] : [{ amount: others, until: base.until }])];
    },
    restore: ({ amount, until }) => own.add(amount, until),
  };
}

/** What a reply tells of used, when it is there again, and of how much. `stands`: no end before this one is believed. */
interface Seen {
  readonly counted: number;
  readonly until: number;
  readonly stands: number;
  readonly limit: number;
}
