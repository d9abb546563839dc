import type { RunSettings } from '../../config/run-settings.ts';
import type { Clock } from '../../lib/clock.ts';
import type { KeptRun } from '../kept-run.ts';
import type { RunClaim } from '../shared-runs.ts';
import { Publication } from './publication.ts';
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
      const batch: { readonly publication: Publication; readonly command: RunCommand }[] = [];
      for (const publication of this.#changed.keys()) {
        const command = publication.next();
        if (command === undefined) this.#live.delete(publication);
        else batch.push({ publication, command });
      }
      this.#changed.clear();
      const replied = batch.map(({ publication, command }) => publication.sent(command));
      const replies = await commands.runAll(batch.map(({ command }) => command));
      for (const [index, { publication, command }] of batch.entries())
        this.#replied(publication, { command, reply: replies[index], take: replied[index] });
    }
  }

  #replied(
    publication: Publication,
    {
      command,
      reply,
      take,
    }: {
      readonly command: RunCommand;
      readonly reply: unknown;
      readonly take: ((reply: unknown) => boolean) | undefined;
    },
  ): void {
    if (reply instanceof Error || take === undefined) {
      // Tried again each second.
      publication.lost();
      this.#options.onFailed(reply instanceof Error ? reply : new Error('no reply'));
      return;
    }
    if (take(reply)) this.#changed.set(publication, this.#changed.get(publication) ?? 0);
    if (command.script === 'open' || publication.isOver) this.#keepClaim(publication);
    if (publication.isOver) this.#live.delete(publication);
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
