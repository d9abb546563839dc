import type { RunSettings } from '../../config/run-settings.ts';
import { GatewayError } from '../../domain/errors.ts';
import type { Clock } from '../../lib/clock.ts';
import { comeAgain } from '../come-again.ts';
import { ownAround } from '../frames.ts';
import { runError } from '../kept-run.ts';
import { MirroredRun } from './mirrored-run.ts';
import type { RunCommands } from './run-commands.ts';
import { listOf, runKeys } from './run-keys.ts';
import type { RunRecord } from './run-record.ts';
import type { StreamTail } from './stream-tail.ts';

/** What mirrors are made with. */
export interface MirrorsOptions {
  readonly commands: RunCommands;
  readonly tail: StreamTail;
  readonly clock: Clock;
  readonly prefix: string;
  readonly settings: () => RunSettings;
  /** Reports to a run's owner whether this process has readers of it. */
  readonly report: (kind: 'reading' | 'left', owner: string, runs: readonly string[]) => void;
}

/** How long entries may not be readable before readers are sent on, in milliseconds. */
const UNREADABLE_MS = 2000;
/** Looks for an owner, one a second, that find none before its runs are ended: an owner that could not reach Redis for a while has time to say that it is alive. */
const MISSES = 4;
/** Looks for an owner after the last reader. */
const WATCHES = 15;

interface Mirror {
  readonly run: MirroredRun;
  readonly record: RunRecord;
  readonly following: Disposable;
  /** Beats since it had a reader. */
  idle: number;
}

/** A run whose owner is looked for. */
interface Watched {
  readonly record: RunRecord;
  misses: number;
  /** Looks that are left. */
  left: number;
  /** Number of the last event that a reader has. */
  number: number;
}

/** The runs of other processes that this one reads. */
export class Mirrors {
  readonly #options: MirrorsOptions;
  readonly #mirrors = new Map<string, Set<Mirror>>();
  readonly #watched = new Map<string, Watched>();
  #bytes = 0;

  constructor(options: MirrorsOptions) {
    this.#options = options;
  }

  /** The events of a run behind one that is kept. Those that come are read while the mirror has readers, and for some seconds. */
  open(record: RunRecord, after: number): MirroredRun {
    const known = this.#mirrors.get(record.id) ?? new Set();
    for (const mirror of known) {
      const { log, sentOn } = mirror.run;
      if (sentOn !== undefined || after < log.first - 1 || after > log.last) continue;
      mirror.idle = 0;
      return mirror.run;
    }
    const { tail, prefix, settings } = this.#options;
    const { id, owner, operation, form } = record;
    const run: MirroredRun = new MirroredRun({
      id,
      owner,
      operation,
      form,
      after,
      maxBytes: settings().maxBytes,
      onBytes: (change) => this.#count(change),
      onReaders: () => this.#report(run),
    });
    const following = tail.follow(runKeys(prefix, id).events, `${after}-0`, (entries) => run.take(entries));
    known.add({ run, record, following, idle: 0 });
    this.#mirrors.set(id, known);
    if (!record.over) this.watch(record);
    return run;
  }

  /** Looks for the owner of a run for some seconds, and ends the run where there is none. `number`: that of the last event that a reader has. */
  watch(record: RunRecord, number = 0): void {
    const watched = this.#watched.get(record.id) ?? { record, misses: 0, left: 0, number };
    watched.left = WATCHES;
    watched.number = Math.max(watched.number, number);
    this.#watched.set(record.id, watched);
  }

  /** Called each second. */
  beat(): void {
    const { tail, clock, commands } = this.#options;
    const { failingSince } = tail;
    if (failingSince !== undefined && clock.now() - failingSince > UNREADABLE_MS) this.sendOn(comeAgain());
    this.#dropIdle();
    this.#reportAll();
    if (!commands.isReady) {
      // Keys may have expired meanwhile that their owners could not renew.
      for (const watched of this.#watched.values()) watched.misses = 0;
      return;
    }
    for (const watched of this.#watched.values()) void this.#look(watched);
  }

  /** Ends all readings, so that their clients read on elsewhere. */
  sendOn(reason: GatewayError): void {
    for (const mirrors of this.#mirrors.values()) for (const { run } of mirrors) run.sendOn(reason);
  }

  #dropIdle(): void {
    for (const [id, mirrors] of this.#mirrors) {
      for (const mirror of mirrors) {
        mirror.idle = mirror.run.readers > 0 ? 0 : mirror.idle + 1;
        if (mirror.idle > 2) this.#drop(mirror, mirrors);
        else if (!mirror.run.over) this.watch(mirror.record);
      }
      if (mirrors.size === 0) this.#mirrors.delete(id);
    }
  }

  #drop(mirror: Mirror, from: Set<Mirror>): void {
    from.delete(mirror);
    mirror.following[Symbol.dispose]();
    mirror.run.log.clear();
  }

  #report({ id, owner }: MirroredRun): void {
    const readers = [...(this.#mirrors.get(id) ?? [])].some(({ run }) => run.readers > 0);
    this.#options.report(readers ? 'reading' : 'left', owner, [id]);
  }

  #reportAll(): void {
    const read = [...this.#mirrors.values()].flatMap((mirrors) => [...mirrors]);
    const reading = read.filter(({ run }) => run.readers > 0 && !run.over).map(({ run }) => run);
    for (const [owner, runs] of Map.groupBy(reading, (run) => run.owner))
      this.#options.report('reading', owner, [...new Set(runs.map(({ id }) => id))]);
  }

  async #look(watched: Watched): Promise<void> {
    const { commands, prefix } = this.#options;
    const { id } = watched.record;
    watched.left--;
    const isOver = [...(this.#mirrors.get(id) ?? [])].some(({ run }) => run.over);
    if (watched.left <= 0 || isOver) return void this.#watched.delete(id);
    const found = await commands.client.exists(runKeys(prefix, id).owner).catch(() => undefined);
    watched.misses = found === 0 ? watched.misses + 1 : 0;
    if (watched.misses >= MISSES) await this.#interrupt(watched);
  }

  async #interrupt({ record, number: read }: Watched): Promise<void> {
    const { commands, prefix, settings, clock } = this.#options;
    const { id, form } = record;
    const error = runError(
      new GatewayError('run_interrupted', {
        message: 'The gateway that had this run was lost before its end; nothing continues it.',
      }),
    );
    const [before, after] = ownAround({ type: 'error', error }, { id, form });
    const mirrors = [...(this.#mirrors.get(id) ?? [])].map(({ run }) => run);
    const last = Math.max(read, ...mirrors.map(({ log }) => log.last));
    const now = Math.floor(clock.now() / 1000);
    const { keep } = settings();
    const cut = { status: 'interrupted', ended_at: now, expires_at: now + Math.floor(keep / 1000), error };
    const args = [last, before, after, JSON.stringify(cut), keep];
    const number = await commands.run({ script: 'interrupt', keys: listOf(runKeys(prefix, id)), args }).catch(() => 0);
    if (number === 0) return;
    this.#watched.delete(id);
    // Over, as its entries say, or forgotten by Redis: then its owner may write it again.
    if (number === -1) for (const mirror of mirrors) if (!(await this.#ends(mirror))) mirror.sendOn(comeAgain());
  }

  #ends(run: MirroredRun): Promise<boolean> {
    return run.until(Infinity, { clock: this.#options.clock, ms: UNREADABLE_MS });
  }

  /** Beyond the memory of all runs the oldest events of the largest mirror go, as with runs of this process. */
  #count(change: number): void {
    this.#bytes += change;
    if (change <= 0) return;
    while (this.#bytes > this.#options.settings().memory && this.#largest()?.log.dropOldest() === true);
  }

  #largest(): MirroredRun | undefined {
    const all = [...this.#mirrors.values()].flatMap((mirrors) => [...mirrors]);
    return all.toSorted((a, b) => b.run.log.bytes - a.run.log.bytes)[0]?.run;
  }
}
