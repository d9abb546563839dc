import { createHash } from 'node:crypto';
import type { RunChain } from '../chain/run.ts';
import type { Stage } from '../chain/stage.ts';
import type { RunSettings } from '../config/run-settings.ts';
import type { Call } from '../domain/call.ts';
import { GatewayError } from '../domain/errors.ts';
import { INTERNAL, type Principal } from '../domain/principal.ts';
import { MAX_IDEMPOTENCY_KEY, type RunOptions } from '../domain/run.ts';
import type { RequestScope } from '../domain/scope.ts';
import { type AbortScope, openAbortScope } from '../lib/abort.ts';
import type { Clock } from '../lib/clock.ts';
import { createRandomHex } from '../lib/ids.ts';
import type { FrameForm } from './frames.ts';
import { KeptRun } from './kept-run.ts';
import { onProgressOf } from './progress-events.ts';
import { createRestart } from './restart.ts';

/** The runs of one gateway. */
export interface Runs {
  /**
   * Starts a run for a client's request, and resolves before anything is sent; with `idempotencyKey` an equal request gets the run that it has.
   * Throws what refuses the request before its chain begins, `idempotency_conflict`, `too_many_runs` or `overloaded`.
   */
  create(call: Call, client: RequestScope, options: NewRun): KeptRun;
  /** The run of a principal. Throws `run_not_found`, alike for an id that is unknown, expired or another principal's. */
  find(id: string, principal: Principal): KeptRun;
  /** Ends a run of a principal, and removes it with all that is kept of it. Throws `run_not_found`. */
  remove(id: string, principal: Principal): void;
  /** When an ended run is removed, in milliseconds since the epoch; undefined for one that has not ended. */
  expiresAt(run: KeptRun): number | undefined;
}

/** How a run is made. */
export interface NewRun extends RunOptions {
  /** The form in which its events are kept. */
  readonly form: FrameForm;
  /** Its id, which nothing can guess; made unless given. */
  readonly id?: string | undefined;
  /** Stages of its request, inside of its own. */
  readonly stages?: readonly Stage[] | undefined;
}

/** What runs are made with. */
export interface RunsOptions {
  readonly clock: Clock;
  /** The present settings. */
  readonly settings: () => RunSettings;
  /** Opens the request of a run, for the client of another one. */
  readonly openScope: (client: RequestScope, abort: AbortScope) => RequestScope;
  readonly run: RunChain;
}

/** Milliseconds for which a run of the policy `detach` continues without a reader, unless it says otherwise. */
const GRACE_MS = 30_000;

/** Hexadecimal digits of 128 bits, so that no id can be guessed. */
const ID_DIGITS = 32;
const newDigits = createRandomHex(ID_DIGITS);
const newRunId = (): string => `run_${newDigits()}`;

/** A run with what the store needs of it. */
interface Kept {
  readonly run: KeptRun;
  readonly owner: string;
  /** Undefined without an idempotency key. */
  readonly key: string | undefined;
  readonly digest: string | undefined;
}

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
  #bytes = 0;

  constructor(options: RunsOptions) {
    this.#options = options;
  }

  create(call: Call, client: RequestScope, options: NewRun): KeptRun {
    const owner = client.principal.id;
    const key = keyOf(owner, options.idempotencyKey);
    const digest = key === undefined ? undefined : digestOf(call);
    const known = key === undefined ? undefined : this.#keys.get(key);
    if (known !== undefined) {
      if (known.digest === digest) return known.run;
      throw new GatewayError('idempotency_conflict', {
        message: 'This idempotency key belongs to a run with other content; send another key.',
      });
    }
    this.#refuseTooMany(client.principal);
    const kept = { run: this.#start(call, client, options), owner, key, digest };
    this.#runs.set(kept.run.id, kept);
    if (key !== undefined) this.#keys.set(key, kept);
    return kept.run;
  }

  find(id: string, principal: Principal): KeptRun {
    const kept = this.#runs.get(id);
    if (kept?.owner === principal.id) return kept.run;
    throw new GatewayError('run_not_found', { message: 'There is no such run: its id is unknown, or it has expired.' });
  }

  remove(id: string, principal: Principal): void {
    this.find(id, principal).cancel();
    const kept = this.#runs.get(id);
    if (kept !== undefined) this.#remove(kept);
  }

  expiresAt({ endedAt }: KeptRun): number | undefined {
    return endedAt === undefined ? undefined : endedAt + this.#options.settings().keep;
  }

  #start(call: Call, client: RequestScope, options: NewRun): KeptRun {
    const { clock, openScope, run: runChain, settings } = this.#options;
    const disconnect = options.disconnect ?? settings().disconnect;
    const graceMs = disconnect === 'abort' ? 0 : Math.min(options.graceMs ?? GRACE_MS, settings().maxGrace);
    const abort = openAbortScope();
    const scope = openScope(client, abort);
    const id = options.id ?? newRunId();
    const owner = client.principal.id;
    const run: KeptRun = new KeptRun({
      id,
      call,
      form: options.form,
      scope,
      abort,
      clock,
      disconnect,
      graceMs,
      maxBytes: settings().maxBytes,
      onBytes: (change) => this.#count(run, change),
      onEnd: () => {
        this.#countRunning(owner, -1);
        const kept = this.#runs.get(id);
        if (kept !== undefined) this.#ending(kept);
      },
    });
    this.#countRunning(owner, 1);
    scope.report.operation = `${call.operation.name}.stream`;
    scope.report.run = { id, report: scope.report };
    // The request of its client ends at once, or only reads the run.
    scope.report.place = client.report.place;
    client.report.place = undefined;
    scope.report.onProgress = onProgressOf(run);
    const restart = options.onCut === 'reset' ? [createRestart(run, clock)] : [];
    const stages = [...restart, ...(options.stages ?? [])];
    try {
      void run.follow(runChain(call, scope, stages));
    } catch (thrown) {
      // What refuses a request before its chain begins refuses its creation.
      const error = GatewayError.from(thrown);
      run.fail(error);
      run.log.clear();
      throw error;
    }
    return run;
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
      clock.timer(settings().keep, () => this.#expire(kept)),
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

function keyOf(owner: string, key: string | undefined): string | undefined {
  if (key === undefined) return undefined;
  if (key !== '' && key.length <= MAX_IDEMPOTENCY_KEY) return JSON.stringify([owner, key]);
  throw new GatewayError('invalid_request', {
    message: `The idempotency key must have 1 to ${MAX_IDEMPOTENCY_KEY} characters.`,
    param: 'idempotencyKey',
  });
}

function digestOf({ operation, body }: Call): string {
  const hash = createHash('sha256').update(operation.name).update('\0').update(body.bytes);
  return hash.digest('base64');
}
