import type { Clock } from '../../lib/clock.ts';
import type { RedisClient, RedisConnection } from '../../redis/connect.ts';

/** An entry of a stream. */
export interface StreamEntry {
  readonly id: string;
  readonly members: ReadonlyMap<string, Buffer>;
}

/** What a tail reads with. */
export interface StreamTailOptions {
  /** A connection of its own, whose replies may take any time. */
  readonly connection: Pick<RedisConnection, 'client'>;
  readonly clock: Clock;
  /** Adds an entry to a stream that is followed, so that a read which waits ends. */
  readonly wake: () => void;
}

/** Most entries of one stream in one reply. */
const COUNT = 64;
/** How long one read waits for entries, and how much longer its reply may take, in milliseconds. */
const BLOCK_MS = 2000;
const LATE_MS = 5000;
/** Pause before another read after a failure, in milliseconds. */
const RETRY_MS = 100;
/** Pause between two reads of a Cluster, where no command may read the streams of several slots, in milliseconds. */
const POLL_MS = 25;

interface Followed {
  readonly key: string;
  /** The id of the last entry that it has. */
  last: string;
  readonly take: (entries: readonly StreamEntry[]) => void;
}

/** Reads all streams that a process follows by one command that waits for the next entry of any of them. */
export class StreamTail implements Disposable {
  readonly #options: StreamTailOptions;
  readonly #followed = new Set<Followed>();
  #waits = false;
  #closed = false;
  #failingSince: number | undefined;

  constructor(options: StreamTailOptions) {
    this.#options = options;
    void this.#run();
  }

  /** When reads began to fail, in milliseconds since the epoch; undefined while they do not. */
  get failingSince(): number | undefined {
    return this.#failingSince;
  }

  /** Hands out the entries of a stream behind an id, each once and in order, until the result is disposed. */
  follow(key: string, after: string, take: Followed['take']): Disposable {
    const followed: Followed = { key, last: after, take };
    this.#followed.add(followed);
    if (this.#waits) this.#options.wake();
    return { [Symbol.dispose]: () => void this.#followed.delete(followed) };
  }

  [Symbol.dispose](): void {
    this.#closed = true;
    this.#followed.clear();
  }

  async #run(): Promise<void> {
    const { connection, clock } = this.#options;
    const { client } = connection;
    while (!this.#closed) {
      try {
        if (client.isCluster) await this.#poll(client);
        else await this.#read(client);
        this.#failingSince = undefined;
      } catch {
        this.#failingSince ??= clock.now();
        await pause(clock, RETRY_MS);
      }
    }
  }

  async #read(client: RedisClient): Promise<void> {
    const { clock } = this.#options;
    const from = this.#positions();
    // A packet filter may have forgotten the connection.
    using _ = clock.timer(BLOCK_MS + LATE_MS, () => client.disconnect(true));
    this.#waits = true;
    try {
      const keys = [...from.keys()];
      this.#deliver(
        from,
        await client.xreadBuffer('COUNT', COUNT, 'BLOCK', BLOCK_MS, 'STREAMS', ...keys, ...from.values()),
      );
    } finally {
      this.#waits = false;
    }
  }

  async #poll(client: RedisClient): Promise<void> {
    const from = this.#positions();
    const reads = [...from].map(async ([key, last]) =>
      this.#deliver(from, await client.xreadBuffer('COUNT', COUNT, 'STREAMS', key, last)),
    );
    await Promise.all(reads);
    await pause(this.#options.clock, POLL_MS);
  }

  /** The id behind which each stream is read. A stream that is followed from several ids is read once, so that all get its entries in order. */
  #positions(): ReadonlyMap<string, string> {
    const from = new Map<string, string>();
    for (const { key, last } of this.#followed) {
      const least = from.get(key);
      if (least === undefined || isBehind(least, last)) from.set(key, last);
    }
    return from;
  }

  #deliver(from: ReadonlyMap<string, string>, replies: StreamReplies): void {
    for (const [key, items] of replies ?? []) {
      const name = key.toString();
      const entries = items.map(([id, fields]) => ({ id: id.toString(), members: membersIn(fields) }));
      const last = entries.at(-1)?.id;
      for (const each of this.#followed) {
        if (each.key !== name || last === undefined) continue;
        // One that has come while this was read begins before it.
        if (isBehind(from.get(name) ?? last, each.last)) continue;
        const behind = entries.filter(({ id }) => isBehind(id, each.last));
        each.last = isBehind(last, each.last) ? last : each.last;
        if (behind.length > 0) each.take(behind);
      }
    }
  }
}

type StreamReplies = readonly (readonly [Buffer, readonly (readonly [Buffer, readonly Buffer[]])[]])[] | null;

function membersIn(fields: readonly Buffer[]): ReadonlyMap<string, Buffer> {
  const members = new Map<string, Buffer>();
  for (let at = 0; at + 1 < fields.length; at += 2) {
    const [name, value] = fields.slice(at, at + 2);
    if (name !== undefined && value !== undefined) members.set(name.toString(), value);
  }
  return members;
}

/** Whether an id of a stream comes after another one. */
function isBehind(id: string, other: string): boolean {
  const [time = 0, sequence = 0] = id.split('-').map(Number);
  const [otherTime = 0, otherSequence = 0] = other.split('-').map(Number);
  return time === otherTime ? sequence > otherSequence : time > otherTime;
}

function pause(clock: Clock, ms: number): Promise<void> {
  return new Promise((resolve) => void clock.timer(ms, resolve));
}
