import { createHash } from 'node:crypto';
import type { ChainableCommander } from 'ioredis';
import type { RedisClient, RedisConnection } from '../../redis/connect.ts';
import { toRedisError } from '../../redis/redis-error.ts';
import { RUN_SCRIPTS, type RunScript } from './scripts.ts';

/** A script with its keys and arguments. */
export interface RunCommand {
  readonly script: RunScript;
  readonly keys: readonly string[];
  readonly args: readonly (string | Buffer | number)[];
}

/** Sends the scripts of runs. */
export class RunCommands {
  readonly client: RedisClient;
  /** Those that every server has. */
  #loaded = false;

  constructor({ client }: Pick<RedisConnection, 'client'>) {
    this.client = client;
    client.on('ready', () => void this.#load());
    if (client.status === 'ready') void this.#load();
  }

  /** Whether there is a connection. */
  get isReady(): boolean {
    return this.client.status === 'ready';
  }

  /** Runs one. Rejects with a RedisError. */
  async run(command: RunCommand): Promise<unknown> {
    const [reply] = await this.runAll([command]);
    if (reply instanceof Error) throw reply;
    return reply;
  }

  /** Runs several, which go out together where they may. Resolves with their replies, and with a RedisError for each that has failed. */
  async runAll(commands: readonly RunCommand[]): Promise<readonly unknown[]> {
    if (!this.client.isCluster) return this.#send(commands);
    // Commands of a Cluster go out together for one slot only.
    const replies = await Promise.all(commands.map((each) => this.#send([each])));
    return replies.flat();
  }

  async #send(commands: readonly RunCommand[]): Promise<readonly unknown[]> {
    const pipeline = this.client.pipeline();
    for (const each of commands) this.#add(pipeline, each);
    try {
      const replies = (await pipeline.exec()) ?? [];
      return commands.map((_, index) => {
        const [error, reply] = replies[index] ?? [new Error('no reply')];
        if (error === null) return reply;
        if (error.message.startsWith('NOSCRIPT')) void this.#load();
        return toRedisError(error);
      });
    } catch (error) {
      return commands.map(() => toRedisError(error));
    }
  }

  #add(pipeline: ChainableCommander, { script, keys, args }: RunCommand): void {
    if (this.#loaded) pipeline.evalsha(DIGESTS[script], keys.length, ...keys, ...args);
    else pipeline.eval(RUN_SCRIPTS[script], keys.length, ...keys, ...args);
  }

  /** Until all have it, scripts are sent whole: a server that was started anew has forgotten them. */
  async #load(): Promise<void> {
    this.#loaded = false;
    const { client } = this;
    const servers = 'nodes' in client ? client.nodes('master') : [client];
    try {
      for (const server of servers)
        for (const script of Object.values(RUN_SCRIPTS)) await server.script('LOAD', script);
      this.#loaded = true;
    } catch {
      // They go on being sent whole.
    }
  }
}

const DIGESTS: Readonly<Record<RunScript, string>> = {
  open: digestOf('open'),
  write: digestOf('write'),
  look: digestOf('look'),
  interrupt: digestOf('interrupt'),
  claim: digestOf('claim'),
  release: digestOf('release'),
  beat: digestOf('beat'),
};

function digestOf(script: RunScript): string {
  return createHash('sha1').update(RUN_SCRIPTS[script]).digest('hex');
}
