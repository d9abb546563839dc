import type { RunSettings } from '../../config/run-settings.ts';
import type { Clock } from '../../lib/clock.ts';
import type { KeptRun } from '../kept-run.ts';
import type { RunClaim } from '../shared-runs.ts';
import { ALIVE_MS, Publication, type RunWrite } from './publication.ts';
import type { RunCommand, RunCommands } from './run-commands.ts';
import { claimKey, listOf, runKeys } from './run-keys.ts';

/** What runs are published with. */
export interface PublisherOptions {
  readonly commands: RunCommands;
  readonly clock: Clock;
  readonly prefix: string;
  readonly process: string;
  readonly settings: () => RunSettings;
  /** Called when commands have failed. */
  readonly onFailed: (error: Error) => void;
}

/** How long new chunks wait for others before they are written, in milliseconds, and at how many bytes of one run they do not. */
const GATHER_MS = 20;
const GATHER_BYTES = 16 * 1024;
/** How often the claims of running runs are renewed, in milliseconds. */
const CLAIM_MS = 20_000;

/** Most runs in one command: Redis serves nothing else meanwhile. */
const MOST_WRITES = 100;

interface Write {
  readonly publication: Publication;
  readonly write: RunWrite;
}

interface Step {
  readonly publications: readonly Publication[];
  readonly command: RunCommand;
  readonly take: (reply: unknown) => void;
}

/** Writes the events of this process's runs where other processes read them. Nothing waits for it; while Redis cannot be reached, the events stay in the runs' logs. */
export class RunPublisher {
  readonly #options: PublisherOptions;
  readonly #live = new Set<Publication>();
  readonly #changed = new Map<Publication, number>();
  #timer: Disposable | undefined;
  #writing: Promise<void> | undefined;
  #claimsAt = 0;

  constructor(options: PublisherOptions) {
    this.#options = options;
  }

  /** Publishes a run from now on. */
  add(run: KeptRun, claim: RunClaim | undefined): Publication {
    const { prefix, process, settings } = this.#options;
    const publication = new Publication({
      run,
      claim,
      keys: runKeys(prefix, run.id),
      process,
      settings,
      onChange: (changed, bytes) => this.#note(changed, bytes),
      onRemove: (removed) => this.#remove(removed),
    });
    this.#live.add(publication);
    this.#note(publication, Infinity);
    return publication;
  }

  /** Renews what is written of the running runs, and writes what could not be written before. Called each second. */
  renew(): void {
    const { commands, clock } = this.#options;
    if (!commands.isReady) return this.lost();
    for (const each of this.#live) this.#changed.set(each, 0);
    void this.flush();
    if (clock.now() - this.#claimsAt < CLAIM_MS) return;
    this.#claimsAt = clock.now();
    for (const each of this.#live) this.#keepClaim(each);
  }

  /** What is written is not known any more. */
  lost(): void {
    for (const each of this.#live) {
      each.lost();
      if (each.isOver) this.#live.delete(each);
    }
  }

  /** Writes all that there is. Never rejects. */
  flush(): Promise<void> {
    this.#timer?.[Symbol.dispose]();
    this.#timer = undefined;
    this.#writing ??= this.#write().finally(() => void (this.#writing = undefined));
    return this.#writing;
  }

  #note(publication: Publication, bytes: number): void {
    const waiting = (this.#changed.get(publication) ?? 0) + bytes;
    this.#changed.set(publication, waiting);
    if (waiting >= GATHER_BYTES) queueMicrotask(() => void this.flush());
    else this.#timer ??= this.#options.clock.timer(GATHER_MS, () => void this.flush());
  }

  /** One write at a time: what comes meanwhile goes together. */
  async #write(): Promise<void> {
    const { commands } = this.#options;
    while (this.#changed.size > 0 && commands.isReady) {
      const steps = this.#steps();
      const replies = await commands.runAll(steps.map(({ command }) => command));
      for (const [index, { publications, take }] of steps.entries()) {
        const reply = replies[index];
        if (reply instanceof Error) this.#failed(publications, reply);
        else take(reply);
      }
    }
  }

  /** The commands for what has changed. All writes go in one, but for a Cluster. */
  #steps(): readonly Step[] {
    const { commands, clock, process } = this.#options;
    const steps: Step[] = [];
    const writes: Write[] = [];
    const now = clock.now();
    for (const publication of this.#changed.keys()) {
      if (publication.isOver) {
        this.#live.delete(publication);
        continue;
      }
      const command = publication.opening();
      if (command === undefined) {
        const write = publication.next(now);
        if (write !== undefined) writes.push({ publication, write });
        continue;
      }
      const take = (reply: unknown): void => {
        this.#took(publication, publication.opened(reply));
        this.#keepClaim(publication);
      };
      steps.push({ publications: [publication], command, take });
    }
    this.#changed.clear();
    const most = commands.client.isCluster ? 1 : MOST_WRITES;
    for (let at = 0; at < writes.length; at += most) steps.push(this.#step(writes.slice(at, at + most), process));
    return steps;
  }

  #step(writes: readonly Write[], process: string): Step {
    return {
      publications: writes.map(({ publication }) => publication),
      command: {
        script: 'write',
        keys: writes.map(({ write }) => write.key),
        args: [process, ALIVE_MS, ...writes.flatMap(({ write }) => write.args)],
      },
      take: (reply) => {
        const replies: readonly unknown[] = Array.isArray(reply) ? reply : [];
        for (const [index, { publication, write }] of writes.entries())
          this.#took(publication, publication.wrote(write, replies[index]));
      },
    };
  }

  #took(publication: Publication, hasMore: boolean): void {
    if (hasMore) this.#changed.set(publication, this.#changed.get(publication) ?? 0);
    if (!publication.isOver) return;
    this.#keepClaim(publication);
    this.#live.delete(publication);
  }

  /** They are written again with the next beat. */
  #failed(publications: readonly Publication[], error: Error): void {
    for (const publication of publications) publication.lost();
    this.#options.onFailed(error);
  }

  #keepClaim({ claim, keepMs }: Publication): void {
    const { commands, prefix } = this.#options;
    if (claim !== undefined && commands.isReady)
      commands.client.pexpire(claimKey(prefix, claim.key), keepMs).catch(() => undefined);
  }

  #remove(publication: Publication): void {
    const { commands, prefix } = this.#options;
    this.#live.delete(publication);
    this.#changed.delete(publication);
    if (!commands.isReady) return;
    const { claim, keys } = publication;
    commands.client.del(...listOf(keys)).catch(() => undefined);
    if (claim !== undefined) commands.client.del(claimKey(prefix, claim.key)).catch(() => undefined);
  }
}
