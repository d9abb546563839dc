import { Socket } from 'node:net';
import pg from 'pg';
import { background } from '../lib/background.ts';
import type { Clock } from '../lib/clock.ts';
import { connectionOptions } from './postgres-connection.ts';

/** The channel of changes of keys and tenants. */
export const CHANNEL = 'spillway_directory';
/** The pause before a lost connection is made again, in milliseconds. */
const RECONNECT_MS = 1000;

/**
 * Listens to the changes of other processes, on one connection that is made with the first listener and made again when it is lost. Listeners
 * are also called after each connection, because what was sent before it is lost. It keeps no process alive.
 */
export class PostgresWatch {
  readonly #url: string;
  readonly #clock: Clock;
  readonly #listeners = new Set<() => void>();
  #client: pg.Client | undefined;
  #timer: Disposable | undefined;

  constructor(url: string, clock: Clock) {
    this.#url = url;
    this.#clock = background(clock);
  }

  /** Calls the listener until disposed. */
  readonly watch = (listener: () => void): Disposable => {
    // An own function, so that one listener can be added twice.
    const own = (): void => listener();
    this.#listeners.add(own);
    if (this.#client === undefined && this.#timer === undefined) void this.#connect();
    return {
      [Symbol.dispose]: () => {
        this.#listeners.delete(own);
        if (this.#listeners.size === 0) this.close();
      },
    };
  };

  /** Closes the connection. Idempotent. */
  close(): void {
    this.#listeners.clear();
    this.#timer?.[Symbol.dispose]();
    this.#timer = undefined;
    this.#disconnect();
  }

  async #connect(): Promise<void> {
    const client = new pg.Client({ ...connectionOptions(this.#url), keepAliveInitialDelayMillis: 10_000 });
    this.#client = client;
    client.on('notification', () => this.#notify());
    client.on('error', () => this.#lost(client));
    client.on('end', () => this.#lost(client));
    try {
      await client.connect();
      await client.query(`listen ${CHANNEL}`);
      // A process that has nothing else to do may end.
      const { stream } = client.connection;
      if (stream instanceof Socket) stream.unref();
      this.#notify();
    } catch {
      this.#lost(client);
    }
  }

  #lost(client: pg.Client): void {
    if (this.#client !== client) return;
    this.#disconnect();
    this.#timer = this.#clock.timer(RECONNECT_MS, () => {
      this.#timer = undefined;
      void this.#connect();
    });
  }

  #disconnect(): void {
    const client = this.#client;
    this.#client = undefined;
    // A server that hangs would never answer a good-bye.
    client?.connection.stream.destroy();
  }

  #notify(): void {
    for (const listener of this.#listeners) listener();
  }
}
