import type { Cohort } from '../../lib/cohort.ts';
import type { Clock } from '../../lib/clock.ts';
import type { WindowObstacle } from '../counter-windows.ts';
import type { Marks } from '../counted-attempt.ts';
import type { Change, KeyReport, SharedCounts, SyncReply, SyncRequest } from './counts.ts';
import type { LinkKey } from './link-key.ts';

/** Reports wait so long for others, or for a take that goes to the ledger anyway, in milliseconds. */
const REPORT_MS = 5;

/** What a link of one account sends with and reports to. */
export interface LinkParts {
  readonly counts: Pick<SharedCounts, 'sync'>;
  readonly process: string;
  readonly lease: number;
  readonly clock: Clock;
  /** Runs a step once the event loop has read its sockets. */
  readonly inCohort: Cohort;
  /** The ledger's time less the own, in milliseconds. */
  readonly offset: () => number;
  /** Whether calls are made at all. */
  readonly isOpen: () => boolean;
  /** A call begins. The returned function is called with its reply, or with the error by which it has failed. */
  readonly begin: () => (ended: { readonly reply: SyncReply } | { readonly error: unknown }) => void;
  /** Called with the `counterKey` of what another process reports with other limits, as often as the ledger says so. */
  readonly conflicting: (key: string) => void;
  /** Called with the `counterKey` of what the ledger said something new of. */
  readonly changed: (key: string) => void;
}

/** What a request wants of one counter. */
export interface LinkDemand {
  readonly key: LinkKey;
  readonly tokens: number;
  readonly minimumTokens: number;
}

/** What the ledger has decided of a take; `unknown` when it did not answer in time. */
export type LinkTaken =
  | { readonly kind: 'taken'; readonly marks: readonly Marks[] }
  | { readonly kind: 'refused'; readonly part: number; readonly obstacle: WindowObstacle }
  | { readonly kind: 'unknown' };

interface Waiting {
  readonly parts: readonly LinkDemand[];
  /** Undefined once it is decided. */
  decide: ((taken: LinkTaken) => void) | undefined;
}

/** Sends what happens to one account to the ledger. At most one call is under way at a time; what happens meanwhile goes with the next. */
export class AccountLink {
  readonly #account: string;
  readonly #parts: LinkParts;
  readonly #keys = new Map<string, LinkKey>();
  readonly #touched = new Set<LinkKey>();
  #waiting: Waiting[] = [];
  #underWay: readonly Waiting[] = [];
  /** Changes whose arrival is not known: they are sent again under their number. */
  #unacknowledged: ReadonlyMap<LinkKey, readonly Change[]> | undefined;
  #number = 0;
  #isSending = false;
  #sending: Promise<boolean> | undefined;
  #isScheduled = false;
  #timer: Disposable | undefined;
  /** When it was last used, milliseconds since the epoch. */
  usedAt = 0;

  constructor(account: string, parts: LinkParts) {
    this.#account = account;
    this.#parts = parts;
  }

  get keys(): Iterable<LinkKey> {
    return this.#keys.values();
  }

  add(key: LinkKey): void {
    this.#keys.set(key.counted.counterKey, key);
  }

  key(counterKey: string): LinkKey | undefined {
    return this.#keys.get(counterKey);
  }

  /** Whether nothing of it runs and everything is sent. */
  get isIdle(): boolean {
    if (this.#isSending || this.#waiting.length > 0 || this.#unacknowledged !== undefined || this.#touched.size > 0)
      return false;
    return [...this.#keys.values()].every((key) => key.changes.length === 0 && key.counter().running() === 0);
  }

  get isBusy(): boolean {
    return [...this.#keys.values()].some((key) => key.counter().running() > 0);
  }

  /** Wants all parts of a request, or none. `decide` is called once, in the tick of the reply or of `giveUp`. */
  take(parts: readonly LinkDemand[], decide: (taken: LinkTaken) => void): void {
    this.usedAt = this.#parts.clock.now();
    for (const { key, tokens } of parts) key.pend(1, tokens);
    this.#waiting.push({ parts, decide });
    this.#schedule();
  }

  /** A counter without limits is used: whether other processes know of one is read soon, and then each second. */
  use(key: LinkKey, now: number): void {
    if (this.usedAt === 0) this.touch(key);
    this.usedAt = now;
  }

  /** Something has changed that the ledger is to know soon. */
  touch(key: LinkKey): void {
    this.#touched.add(key);
    if (this.#timer !== undefined || this.#isSending || !this.#parts.isOpen()) return;
    this.#timer = this.#parts.clock.timer(REPORT_MS, () => {
      this.#timer = undefined;
      this.#schedule();
    });
  }

  /** Records a change, which goes with the next report. */
  record(key: LinkKey, change: Change): void {
    key.record(change, this.#parts.isOpen());
    this.touch(key);
  }

  /** Takes that wait for the ledger are decided without it. A grant that comes late heals: bookings are absolute numbers. */
  giveUp(): void {
    const all = [...this.#underWay, ...this.#waiting];
    this.#waiting = [];
    for (const waiting of all) {
      for (const { key } of waiting.parts) this.#touched.add(key);
      decide(waiting, UNKNOWN);
    }
  }

  /** The ledger has forgotten everything: all that this process has spent goes with the next report. */
  restore(): void {
    const { offset, clock } = this.#parts;
    this.#unacknowledged = undefined;
    for (const key of this.#keys.values()) key.restore(offset(), clock.now());
  }

  /** Sends all that it knows; resolves with whether the ledger has taken everything. */
  async flush(): Promise<boolean> {
    await this.#sending;
    // The first call may only repeat what was sent before. What happens after the second one goes with the next calls, as ever.
    for (let call = 0; call < 2; call++) {
      for (const key of this.#keys.values()) this.#touched.add(key);
      if (!(await this.#startSending())) return false;
    }
    return true;
  }

  /** The ledger decides again: what has happened since the flush goes to it. */
  resume(): void {
    if (this.#touched.size > 0) this.#schedule();
  }

  /** Renews the lease of what runs, and hears what others do. */
  renew(): void {
    for (const key of this.#keys.values()) this.#touched.add(key);
    this.#schedule();
  }

  #schedule(): void {
    if (this.#isScheduled || this.#isSending) return;
    this.#isScheduled = true;
    this.#parts.inCohort(() => {
      this.#isScheduled = false;
      if (!this.#isSending && this.#parts.isOpen()) void this.#startSending();
    });
  }

  #startSending(): Promise<boolean> {
    return (this.#sending = this.#send());
  }

  async #send(): Promise<boolean> {
    const { counts, clock, offset, begin } = this.#parts;
    this.#timer?.[Symbol.dispose]();
    this.#timer = undefined;
    this.#isSending = true;
    const takes = (this.#underWay = this.#waiting);
    this.#waiting = [];
    const changes = (this.#unacknowledged ??= this.#nextChanges());
    const keys = [
      ...new Set([...changes.keys(), ...this.#touched, ...takes.flatMap(({ parts }) => parts.map(({ key }) => key))]),
    ];
    this.#touched.clear();
    const now = clock.now();
    const reports = keys.map((key) => key.report(changes.get(key) ?? NO_CHANGES, offset(), now));
    const end = begin();
    let reply: SyncReply | undefined;
    try {
      reply = await counts.sync(this.#requestOf(keys, reports, takes));
      end({ reply });
    } catch (error) {
      // Whether it has arrived is not known: the changes are sent again.
      end({ error });
    }
    if (reply === undefined) {
      for (const key of keys) this.#touched.add(key);
      this.giveUp();
    } else {
      this.#unacknowledged = undefined;
      this.#apply({ keys, reports, takes }, reply);
    }
    this.#underWay = [];
    this.#isSending = false;
    const isMore = this.#waiting.length > 0 || this.#touched.size > 0 || this.#hasChanges();
    if (isMore && this.#parts.isOpen()) {
      if (this.#waiting.length > 0) this.#schedule();
      else for (const key of this.#touched) this.touch(key);
    }
    return reply !== undefined;
  }

  #requestOf(keys: readonly LinkKey[], reports: readonly KeyReport[], takes: readonly Waiting[]): SyncRequest {
    const { process, lease } = this.#parts;
    return {
      account: this.#account,
      process,
      number: this.#number,
      lease,
      keys: reports,
      takes: takes.map(({ parts }) => ({
        parts: parts.map(({ key, tokens, minimumTokens }) => ({ key: keys.indexOf(key), tokens, minimumTokens })),
      })),
    };
  }

  #apply({ keys, reports, takes }: Sent, reply: SyncReply): void {
    const { offset, clock } = this.#parts;
    // The ledger has booked what it has granted, whether or not it is still wanted here.
    for (const [index, { parts }] of takes.entries())
      if (reply.takes[index]?.kind === 'taken') for (const { key, tokens } of parts) key.granted(tokens);
    for (const [index, key] of keys.entries()) {
      const status = reply.keys[index];
      if (status !== undefined) key.heard(status, offset(), clock.now());
      if (status?.conflict === true) this.#parts.conflicting(key.counted.counterKey);
    }
    for (const [index, waiting] of takes.entries()) {
      const taken = reply.takes[index] ?? UNKNOWN;
      const marksOf = ({ key }: LinkDemand): Marks => key.marks(reports[keys.indexOf(key)]?.ends ?? {});
      decide(waiting, taken.kind === 'taken' ? { kind: 'taken', marks: waiting.parts.map(marksOf) } : taken);
    }
    for (const key of keys) this.#parts.changed(key.counted.counterKey);
  }

  #nextChanges(): ReadonlyMap<LinkKey, readonly Change[]> {
    const changes = new Map<LinkKey, readonly Change[]>();
    for (const key of this.#keys.values()) {
      if (key.changes.length === 0) continue;
      changes.set(key, key.changes);
      key.changes = [];
    }
    this.#number++;
    return changes;
  }

  #hasChanges(): boolean {
    return [...this.#keys.values()].some(({ changes }) => changes.length > 0);
  }
}

interface Sent {
  readonly keys: readonly LinkKey[];
  readonly reports: readonly KeyReport[];
  readonly takes: readonly Waiting[];
}

const UNKNOWN: LinkTaken = Object.freeze({ kind: 'unknown' });
const NO_CHANGES: readonly Change[] = Object.freeze([]);

function decide(waiting: Waiting, taken: LinkTaken): void {
  const { decide: done, parts } = waiting;
  if (done === undefined) return;
  waiting.decide = undefined;
  for (const { key, tokens } of parts) key.pend(-1, -tokens);
  done(taken);
}
