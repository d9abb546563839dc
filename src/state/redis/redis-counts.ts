import type { RedisAddress } from '../../config/redis-address.ts';
import { newGatewayName } from '../../lib/ids.ts';
import { connectRedis, type RedisConnection } from '../../redis/connect.ts';
import { type RedisError, toRedisError } from '../../redis/redis-error.ts';
import { createScript, runScript, type Script, type ScriptInput } from '../../redis/script.ts';
import type { Fleet, SharedCounts, SyncReply, SyncRequest } from '../shared/counts.ts';
import type { News } from '../shared/news.ts';
import { createKeyNames, type KeyNames } from './key-names.ts';
import { BEAT, ELECT, PUBLISH } from './lua/news.ts';
import { SYNC } from './lua/sync.ts';
import { type NewsFeed, openNewsFeed } from './news-feed.ts';
import { readMessage, readNews, writeMessage } from './news-text.ts';
import { readSync, writeSync } from './sync-text.ts';

/** Longest time for the last word to the server at the end, in milliseconds. */
const FAREWELL_MS = 200;

/** A ledger in Redis, which outlives the process. Its calls reject with a RedisError. */
export interface RedisCounts extends SharedCounts {
  /** Resolves once: with undefined when the server can be used, or with the first problem before that. It is tried again all the same. */
  readonly opened: Promise<RedisError | undefined>;
}

/** How a ledger in Redis is opened. */
export interface RedisCountsOptions {
  readonly address: RedisAddress;
  /** What all names of keys begin with: processes with one prefix share their counts. */
  readonly prefix: string;
  /** The process's own id, without spaces. */
  readonly process: string;
  /** Certificate authorities in PEM that are trusted beside the default ones. */
  readonly ca?: string | undefined;
  /** Called for each problem of a connection: several times a second while the server cannot be reached. */
  readonly onProblem?: (error: RedisError) => void;
  /** Milliseconds since the epoch, in place of the server's clock. */
  readonly now?: () => number;
}

/**
 * Opens a ledger in Redis or Valkey, over a connection for commands and one for news. Does not wait for the server. Its disposal ends the process's membership of the
 * fleet; what it has booked counts until its lease ends.
 */
export async function openRedisCounts(options: RedisCountsOptions): Promise<RedisCounts> {
  const { address, prefix, process, ca, onProblem } = options;
  const names = createKeyNames(prefix);
  const common = { name: process, ca, ...(onProblem !== undefined && { onProblem }) };
  const connection = await connectRedis(address, common);
  const feed = await openNewsFeed({ ...common, address, channel: names.news });
  return new Counts(options, { names, connection, feed });
}

const SYNC_SCRIPT = createScript(SYNC);
const BEAT_SCRIPT = createScript(BEAT);
const ELECT_SCRIPT = createScript(ELECT);
const PUBLISH_SCRIPT = createScript(PUBLISH);

interface Parts {
  readonly names: KeyNames;
  readonly connection: RedisConnection;
  readonly feed: NewsFeed;
}

class Counts implements RedisCounts {
  readonly opened: Promise<RedisError | undefined>;
  readonly #process: string;
  readonly #now: (() => number) | undefined;
  readonly #names: KeyNames;
  readonly #connection: RedisConnection;
  readonly #feed: NewsFeed;

  constructor({ process, now }: RedisCountsOptions, { names, connection, feed }: Parts) {
    this.#process = process;
    this.#now = now;
    this.#names = names;
    this.#connection = connection;
    this.#feed = feed;
    this.opened = connection.opened;
  }

  async sync(request: SyncRequest): Promise<SyncReply> {
    const { account, process, keys } = request;
    const names = [this.#names.applied(account, process)];
    for (const { key } of keys) names.push(this.#names.counter(account, key));
    try {
      return readSync(await this.#run(SYNC_SCRIPT, { keys: names, args: [writeSync(request, this.#now?.())] }));
    } catch (error) {
      throw toRedisError(error);
    }
  }

  async beat(restored: string | undefined): Promise<Fleet> {
    this.#feed.check();
    const { processes, epoch, restored: all } = this.#names;
    const args = [this.#time(), this.#process, newGatewayName(), restored ?? ''];
    try {
      const reply: unknown = await this.#run(BEAT_SCRIPT, { keys: [processes, epoch, all], args });
      if (!Array.isArray(reply)) throw new TypeError('not a beat');
      return {
        now: Number(reply[0]),
        epoch: String(reply[1]),
        processes: Number(reply[2]),
        restored: Number(reply[3]),
      };
    } catch (error) {
      throw toRedisError(error);
    }
  }

  async elect(server: string, lease: number): Promise<boolean> {
    const args = [this.#time(), this.#process, Math.ceil(lease)];
    try {
      return (await this.#run(ELECT_SCRIPT, { keys: [this.#names.probe(server)], args })) === 1;
    } catch (error) {
      throw toRedisError(error);
    }
  }

  async publish(news: News): Promise<void> {
    try {
      await this.#run(PUBLISH_SCRIPT, this.#publication(news));
    } catch (error) {
      throw toRedisError(error);
    }
  }

  async current(): Promise<readonly News[]> {
    const { client } = this.#connection;
    try {
      const [cooldowns, breakers, now] = await Promise.all([
        client.hvals(this.#names.cooldowns),
        client.hvals(this.#names.breakers),
        this.#now?.() ?? client.time().then(([seconds = 0]) => seconds * 1000),
      ]);
      const news = [...cooldowns, ...breakers].map(readNews).filter((each) => each !== undefined);
      return news.filter((each) => each.kind !== 'cooldown' || each.cooldown.retryAt > now);
    } catch (error) {
      throw toRedisError(error);
    }
  }

  watch(listener: (news: News | undefined) => void): Disposable {
    return this.#feed.watch((message) => {
      if (message === undefined) return listener(undefined);
      const news = readMessage(this.#process, message);
      if (news !== undefined) listener(news);
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const { client } = this.#connection;
    const lists = [this.#names.processes, this.#names.restored];
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<void>((resolve) => (timer = setTimeout(resolve, FAREWELL_MS)));
    const left = Promise.allSettled(lists.map((list) => client.zrem(list, this.#process)));
    await Promise.race([left, late]);
    clearTimeout(timer);
    await Promise.all([this.#connection[Symbol.asyncDispose](), this.#feed[Symbol.asyncDispose]()]);
  }

  #run(script: Script, input: ScriptInput): Promise<unknown> {
    return runScript(this.#connection.client, script, input);
  }

  #time(): string | number {
    return this.#now?.() ?? '';
  }

  #publication(news: News): ScriptInput {
    const message = writeMessage(this.#process, news);
    const names = this.#names;
    const server = 'server' in news ? news.server : '';
    const subject = news.kind === 'cooldown' ? news.key : server;
    const retryAt = news.kind === 'cooldown' ? news.cooldown.retryAt : news.kind === 'breaker_open' ? news.retryAt : 0;
    const reasons = news.kind === 'forgive' ? ` ${news.reasons.join(' ')} ` : '';
    const { cooldowns, cooldownEnds, breakers, breakerTimes, forgiven } = names;
    return {
      keys: [cooldowns, cooldownEnds, breakers, breakerTimes, forgiven, names.probe(server)],
      args: [this.#time(), news.kind, subject, retryAt, JSON.stringify(news), names.news, message, reasons],
    };
  }
}
