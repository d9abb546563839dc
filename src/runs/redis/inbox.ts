import type { Clock } from '../../lib/clock.ts';
import type { OwnRuns } from '../shared-runs.ts';
import type { RunCommands } from './run-commands.ts';
import { inboxKey } from './run-keys.ts';
import type { StreamEntry } from './stream-tail.ts';

/** What a process asks of the owner of runs. `wake` asks nothing: it ends a read that waits. */
export type MessageKind = 'reading' | 'left' | 'cancel' | 'remove' | 'wake';

/** What messages are sent and received with. */
export interface InboxOptions {
  readonly commands: RunCommands;
  readonly clock: Clock;
  readonly prefix: string;
  /** This process. */
  readonly process: string;
}

/** How long an unread message is kept, in milliseconds, and how many are about. */
const KEEP_MS = 60_000;
const MOST = 1000;
/** How long another process counts as a reader after it has said so, in milliseconds; it says so each second. */
const READING_MS = 6000;

interface OtherReader {
  readonly attached: Disposable;
  /** Milliseconds since the epoch. */
  until: number;
}

/** The messages between processes about their runs. A process with readers of a run counts as one reader of it. */
export class Inbox {
  readonly #options: InboxOptions;
  /** By run and process. */
  readonly #readers = new Map<string, OtherReader>();

  constructor(options: InboxOptions) {
    this.#options = options;
  }

  /** Sends a message. One that does not arrive is not sent again. */
  send(kind: MessageKind, to: string, runs: readonly string[]): void {
    const { commands, prefix, process } = this.#options;
    if (!commands.isReady || to === '') return;
    const key = inboxKey(prefix, to);
    const message = ['kind', kind, 'from', process, 'runs', runs.join(' ')];
    commands.client.xadd(key, 'MAXLEN', '~', MOST, '*', ...message).catch(() => undefined);
    commands.client.pexpire(key, KEEP_MS).catch(() => undefined);
  }

  /** Does what the messages in this process's stream ask for. */
  receive(entries: readonly StreamEntry[], own: OwnRuns): void {
    for (const { members } of entries) {
      const kind = members.get('kind')?.toString();
      const from = members.get('from')?.toString() ?? '';
      const runs = members.get('runs')?.toString() ?? '';
      for (const id of runs.split(' ')) this.#receive(kind, { id, from, own });
    }
  }

  /** Forgets the readers of processes that have said nothing for long. Called each second. */
  beat(): void {
    const now = this.#options.clock.now();
    for (const [name, { until }] of this.#readers) if (until < now) this.#left(name);
  }

  #receive(
    kind: string | undefined,
    { id, from, own }: { readonly id: string; readonly from: string; readonly own: OwnRuns },
  ): void {
    const name = `${id} ${from}`;
    switch (kind) {
      case 'reading':
        return this.#reading(name, own.get(id));
      case 'left':
        return this.#left(name);
      case 'cancel':
        return own.get(id)?.cancel();
      case 'remove':
        return own.discard(id);
      case undefined:
      default:
        return undefined;
    }
  }

  #reading(name: string, run: ReturnType<OwnRuns['get']>): void {
    if (run === undefined) return;
    const until = this.#options.clock.now() + READING_MS;
    const known = this.#readers.get(name);
    if (known === undefined) this.#readers.set(name, { attached: run.attach(() => undefined), until });
    else known.until = until;
  }

  #left(name: string): void {
    const reader = this.#readers.get(name);
    this.#readers.delete(name);
    reader?.attached[Symbol.dispose]();
  }
}
