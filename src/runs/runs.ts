import type { Call } from '../domain/call.ts';
import { GatewayError } from '../domain/errors.ts';
import { INTERNAL, type Principal } from '../domain/principal.ts';
import type { RequestScope } from '../domain/scope.ts';
import { background } from '../lib/background.ts';
import { comeAgain, readOn } from './come-again.ts';
import type { FoundRun } from './found-run.ts';
import { digestOf, keyOf, requireEqual } from './idempotency.ts';
import type { KeptRun } from './kept-run.ts';
import { type BegunRun, OwnRun } from './own-run.ts';
import type { RunClaim, SharedRun, SharedRuns } from './shared-runs.ts';
import { type NewRun, newRunId, startRun, type StartTools, type WantedRun } from './start-run.ts';
import { toRun } from './to-run.ts';

/** The runs of one gateway. */
export interface Runs {
  /**
   * Starts a run for a client's request, and resolves before anything is sent; with `idempotencyKey` an equal request gets the run that it has.
   * Rejects with what refuses the request before its chain begins, `idempotency_conflict`, `too_many_runs` or `overloaded`.
   */
  create(call: Call, client: RequestScope, options: NewRun): Promise<FoundRun>;
  /**
   * The run of a principal. Rejects with `run_not_found`, alike for an id that is unknown, expired or another principal's, or with `not_ready` where it may be
   * another process's, and those cannot be reached.
   */
  find(id: string, principal: Principal): Promise<FoundRun>;
  /** Ends a run of a principal, and removes it with all that is kept of it. Rejects as `find`. */
  remove(id: string, principal: Principal): Promise<void>;
  /**
   * Ends the readings of runs that other processes can read, so that their clients read on there; the runs continue. Nothing happens while no other process is known, unless
   * this one ends in any case (`at: 'close'`).
   */
  sendOn(at: 'drain' | 'close'): void;
}

/** What runs are made with. */
export interface RunsOptions extends StartTools {
  /** Undefined where this process is alone with its runs. */
  readonly shared?: SharedRuns | undefined;
}

/** A run with what the store needs of it. */
interface Kept {
  readonly run: KeptRun;
  readonly shared: SharedRun | undefined;
  readonly owner: string;
  /** Undefined without an idempotency key. */
  readonly key: string | undefined;
  readonly digest: string | undefined;
}

/** The request of a new run. */
interface Wanted extends WantedRun {
  /** Undefined without an idempotency key. */
  readonly claim: RunClaim | undefined;
}

/** How often, and after how many milliseconds each, a run is looked for whose claim is known already. */
const CLAIMED_TRIES = 40;
const CLAIMED_WAIT_MS = 25;

/** Makes an empty store. Runs are kept in memory, and end with the gateway. */
export function createRuns(options: RunsOptions): Runs {
  return new RunStore(options);
}

class RunStore implements Runs {
  readonly #options: RunsOptions;
  readonly #runs = new Map<string, Kept>();
  /** By principal and idempotency key. */
  readonly #keys = new Map<string, Kept>();
  /** Runs that have ended, in the order of their ends. */
  readonly #ended = new Map<Kept, Disposable>();
  readonly #running = new Map<string, number>();
  /** Keys whose run is being made. */
  readonly #claiming = new Map<string, Promise<unknown>>();
  #bytes = 0;

  constructor(options: RunsOptions) {
    this.#options = options;
    options.shared?.serve({
      settings: options.settings,
      get: (id) => this.#runs.get(id)?.run,
      discard: (id) => this.#discard(this.#runs.get(id)),
    });
  }

  async create(call: Call, client: RequestScope, options: NewRun): Promise<FoundRun> {
    const key = keyOf(client.principal.id, options.idempotencyKey);
    const id = options.id ?? newRunId();
    if (key === undefined)
      return this.#shown(this.#make({ call, client, options: { ...options, id }, claim: undefined }));
    const claim = { key, digest: digestOf(call), runId: id };
    // Equal requests of one process go one after the other.
    while (this.#claiming.has(key)) await this.#claiming.get(key);
    const known = this.#keys.get(key);
    if (known !== undefined) return requireEqual(known.digest, claim, this.#found(known));
    const made = this.#claim({ call, client, options: { ...options, id }, claim }, claim);
    this.#claiming.set(key, made);
    try {
      return await made;
    } finally {
      this.#claiming.delete(key);
    }
  }

  async find(id: string, principal: Principal): Promise<FoundRun> {
    const kept = this.#runs.get(id);
    if (kept?.owner === principal.id) return this.#found(kept);
    const found = await this.#options.shared?.find(id, principal);
    if (found !== undefined) return found;
    throw new GatewayError('run_not_found', { message: 'There is no such run: its id is unknown, or it has expired.' });
  }

  async remove(id: string, principal: Principal): Promise<void> {
    await this.find(id, principal);
    const kept = this.#runs.get(id);
    if (kept === undefined) await this.#options.shared?.remove(id);
    else this.#discard(kept);
  }

  sendOn(at: 'drain' | 'close'): void {
    const { shared } = this.#options;
    if (shared?.available !== true || (at === 'drain' && !shared.hasOthers)) return;
    void this.#sendOn(shared);
  }

  async #sendOn(shared: SharedRuns): Promise<void> {
    await shared.leave();
    const reason = readOn();
    for (const kept of this.#runs.values()) if (kept.shared?.isReadable === true) kept.run.sendOn(reason);
    shared.sendOn(reason);
  }

  /** Makes the run of a claimed key, unless another process has. Where that cannot be known, the run is made. */
  async #claim(wanted: Wanted, claim: RunClaim): Promise<FoundRun> {
    const { shared, clock } = this.#options;
    for (let tries = 0; ; tries++) {
      const claimed = (await shared?.claim(claim)) ?? { kind: 'own' };
      if (claimed.kind !== 'taken') return this.#shown(this.#make(wanted));
      const { principal } = wanted.client;
      const found = await shared?.find(claimed.runId, principal);
      if (found !== undefined) return requireEqual(claimed.digest, claim, found);
      // Its owner makes it at this moment, or has failed to.
      if (tries >= CLAIMED_TRIES) throw comeAgain();
      await new Promise<void>((resolve) => void clock.timer(CLAIMED_WAIT_MS, resolve));
    }
  }

  /** Starts a run and keeps it. */
  #make(wanted: Wanted): Kept {
    const { client, claim } = wanted;
    try {
      this.#refuseTooMany(client.principal);
      return this.#start(wanted);
    } catch (error) {
      if (claim !== undefined) this.#options.shared?.release(claim);
      throw error;
    }
  }

  /** A new run as its client sees it, once others know it. */
  async #shown(kept: Kept): Promise<FoundRun> {
    const shown = toRun(kept.run, undefined);
    const isShared = (await kept.shared?.isShared) ?? true;
    return this.#found(kept, { shown, isUnshared: !isShared });
  }

  #found({ run }: Kept, begun?: BegunRun): OwnRun {
    return new OwnRun(run, (each) => this.#expiresAt(each), begun);
  }

  #expiresAt({ endedAt }: KeptRun): number | undefined {
    return endedAt === undefined ? undefined : endedAt + this.#options.settings().keep;
  }

  #discard(kept: Kept | undefined): void {
    if (kept === undefined) return;
    kept.run.cancel();
    this.#remove(kept);
    kept.shared?.remove();
  }

  #start(wanted: Wanted): Kept {
    const { client, claim } = wanted;
    const { id: owner } = client.principal;
    let sharing: SharedRun | undefined;
    this.#countRunning(owner, 1);
    const run = startRun(wanted, this.#options, {
      onBytes: (started, change) => this.#count(started, change),
      onEvents: (bytes) => sharing?.onEvents(bytes),
      onEnd: (id) => {
        this.#countRunning(owner, -1);
        const kept = this.#runs.get(id);
        if (kept !== undefined) this.#ending(kept);
      },
    });
    sharing = this.#options.shared?.share(run, claim);
    const kept = { run, shared: sharing, owner, key: claim?.key, digest: claim?.digest };
    this.#runs.set(run.id, kept);
    if (claim !== undefined) this.#keys.set(claim.key, kept);
    return kept;
  }

  #refuseTooMany(principal: Principal): void {
    const { perKey, memory } = this.#options.settings();
    if (principal !== INTERNAL && (this.#running.get(principal.id) ?? 0) >= perKey)
      throw new GatewayError('too_many_runs', {
        message: `This key has ${perKey} runs that have not ended; cancel one, or wait for its end.`,
        retryAfter: 1,
      });
    this.#makeRoom(memory);
    if (this.#bytes > memory)
      throw new GatewayError('overloaded', { message: 'The gateway keeps as many runs as it may.', retryAfter: 1 });
  }

  /** Counts a change of a run's memory. Its own oldest events go beyond `maxBytes`, then ended runs, then the oldest events of the largest. */
  #count(run: KeptRun, change: number): void {
    this.#bytes += change;
    if (change <= 0) return;
    const { maxBytes, memory } = this.#options.settings();
    while (run.log.bytes > maxBytes && run.log.dropOldest());
    this.#makeRoom(memory);
    while (this.#bytes > memory && this.#largest()?.log.dropOldest() === true);
  }

  #makeRoom(memory: number): void {
    for (const kept of this.#ended.keys()) {
      if (this.#bytes <= memory) return;
      if (kept.run.readers === 0) this.#remove(kept);
    }
  }

  #largest(): KeptRun | undefined {
    let largest: KeptRun | undefined;
    for (const { run } of this.#runs.values()) if (run.log.bytes > (largest?.log.bytes ?? 0)) largest = run;
    return largest;
  }

  #countRunning(owner: string, change: 1 | -1): void {
    const count = (this.#running.get(owner) ?? 0) + change;
    if (count > 0) this.#running.set(owner, count);
    else this.#running.delete(owner);
  }

  #ending(kept: Kept): void {
    const { clock, settings } = this.#options;
    this.#ended.set(
      kept,
      // No reason for a process to live that has nothing else to do.
      background(clock).timer(settings().keep, () => this.#expire(kept)),
    );
  }

  /** Removes a run that was kept long enough, unless it is being read: then it is kept as long again. */
  #expire(kept: Kept): void {
    this.#ended.delete(kept);
    if (kept.run.readers > 0) this.#ending(kept);
    else this.#remove(kept);
  }

  #remove(kept: Kept): void {
    const { run, key } = kept;
    this.#ended.get(kept)?.[Symbol.dispose]();
    this.#ended.delete(kept);
    this.#runs.delete(run.id);
    if (key !== undefined) this.#keys.delete(key);
    run.log.clear();
  }
}
