import type { RedisAddress } from '../../config/redis-address.ts';
import { connectRedis, type ConnectOptions, type RedisConnection } from '../../redis/connect.ts';
import { type RedisError, toRedisError } from '../../redis/redis-error.ts';

/** After so many problems in a row another node of a Cluster is subscribed to: each node passes on the messages of all. */
const MOST_PROBLEMS = 3;

/** The messages of a channel, over a connection of its own: one that is subscribed takes no other commands. */
export interface NewsFeed extends AsyncDisposable {
  /**
   * Calls the listener with each message, until it is disposed. With undefined once messages arrive, at first and after each loss of the connection: some may have been
   * missed.
   */
  watch(listener: (message: string | undefined) => void): Disposable;
  /** Has the connection checked: one that does not answer in time is opened anew. Never rejects. */
  check(): void;
}

/** What is subscribed to. */
export interface FeedOptions extends Pick<ConnectOptions, 'name' | 'ca'> {
  readonly address: RedisAddress;
  readonly channel: string;
  readonly onProblem?: (error: RedisError) => void;
}

/** Subscribes to a channel. Does not wait for the server. */
export async function openNewsFeed(options: FeedOptions): Promise<NewsFeed> {
  const feed = new Feed(options);
  await feed.connect();
  return feed;
}

class Feed implements NewsFeed {
  readonly #options: FeedOptions;
  readonly #listeners = new Set<(message: string | undefined) => void>();
  #connection: RedisConnection | undefined;
  #subscribed = false;
  #closed = false;
  #problems = 0;
  /** Of the nodes of a Cluster, the one that is subscribed to. */
  #node = 0;

  constructor(options: FeedOptions) {
    this.#options = options;
  }

  async connect(): Promise<void> {
    const { name, ca } = this.#options;
    const connection: RedisConnection = await connectRedis(this.#address(), {
      name: `${name}:news`,
      ca,
      onProblem: (error) => this.#meet(error, connection),
    });
    if (this.#closed) return connection[Symbol.asyncDispose]();
    this.#connection = connection;
    const { client } = connection;
    client.on('ready', () => void this.#subscribe(connection));
    client.on('close', () => (this.#subscribed = false));
    client.on('message', (_channel: string, message: string) => this.#tell(message));
  }

  watch(listener: (message: string | undefined) => void): Disposable {
    this.#listeners.add(listener);
    if (this.#subscribed) queueMicrotask(() => this.#listeners.has(listener) && listener(undefined));
    return { [Symbol.dispose]: () => void this.#listeners.delete(listener) };
  }

  check(): void {
    // It rejects only with the connection, which then is opened anew.
    if (this.#subscribed) this.#connection?.client.ping().catch(() => undefined);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true;
    this.#listeners.clear();
    await this.#connection?.[Symbol.asyncDispose]();
  }

  #address(): RedisAddress {
    const { address } = this.#options;
    if (address.kind !== 'cluster') return address;
    const server = address.servers[this.#node % address.servers.length];
    return server === undefined ? address : { kind: 'server', server, access: address.access };
  }

  async #subscribe(connection: RedisConnection): Promise<void> {
    try {
      await connection.client.subscribe(this.#options.channel);
      if (connection !== this.#connection || this.#closed) return;
      this.#subscribed = true;
      this.#problems = 0;
      this.#tell(undefined);
    } catch (error) {
      if (!this.#closed) this.#options.onProblem?.(toRedisError(error));
    }
  }

  #tell(message: string | undefined): void {
    for (const listener of this.#listeners) listener(message);
  }

  #meet(error: RedisError, connection: RedisConnection): void {
    if (this.#closed || connection !== this.#connection) return;
    this.#options.onProblem?.(error);
    if (this.#options.address.kind !== 'cluster' || ++this.#problems < MOST_PROBLEMS) return;
    this.#problems = 0;
    this.#node++;
    this.#connection = undefined;
    void connection[Symbol.asyncDispose]();
    void this.connect();
  }
}
