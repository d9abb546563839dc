import { randomBytes } from 'node:crypto';
import type { RedisAddress } from '../../config/redis-address.ts';
import type { Principal } from '../../domain/principal.ts';
import type { GatewayError } from '../../domain/errors.ts';
import { background } from '../../lib/background.ts';
import type { Clock } from '../../lib/clock.ts';
import { connectRedis, type RedisConnection } from '../../redis/connect.ts';
import { comeAgain } from '../come-again.ts';
import type { FoundRun } from '../found-run.ts';
import type { KeptRun } from '../kept-run.ts';
import type { Claimed, OwnRuns, RunClaim, SharedRun, SharedRuns } from '../shared-runs.ts';
import { Inbox } from './inbox.ts';
import { Mirrors } from './mirrors.ts';
import { ALIVE_MS, type Publication } from './publication.ts';
import { RunPublisher } from './publisher.ts';
import { RemoteRun } from './remote-run.ts';
import { RunCommands } from './run-commands.ts';
import { claimKey, inboxKey, listOf, processesKey, runKeys } from './run-keys.ts';
import { readRecord, type RunRecord } from './run-record.ts';
import { StreamTail } from './stream-tail.ts';
import { within } from './within.ts';

/** Where runs are shared. */
export interface SharedRunsOptions {
  readonly redis: RedisAddress;
  /** Certificate authorities in PEM that are trusted beside the default ones. */
  readonly ca?: string | undefined;
  /** What all keys begin with. */
  readonly prefix: string;
  /** The name of this process, another one with each start; made unless given. */
  readonly process?: string | undefined;
  readonly clock: Clock;
  /** Called once for each outage, with a line without secrets. */
  readonly onProblem?: ((message: string) => void) | undefined;
}

/** How long a new run waits for Redis, in milliseconds. */
const CREATE_MS = 50;
/** How long a request about another process's run does. */
const FIND_MS = 1000;
/** How long the start does: a Redis that cannot be reached is no error. */
const START_MS = 500;
/** How long the last events may take. */
const FLUSH_MS = 200;
const BEAT_MS = 1000;
/** How long a claim stands whose run is never written. */
const CLAIM_MS = 10_000;

/** Shares runs through a Redis. Resolves when it is connected, or after half a second: until then, and while it cannot be reached, runs are this process's own. */
export async function openSharedRuns(options: SharedRunsOptions): Promise<SharedRuns> {
  const { redis, ca, clock } = options;
  const connection = await connectRedis(redis, { name: 'spillway-runs', ca });
  const reading = await connectRedis(redis, { name: 'spillway-run-readers', ca, blocks: true });
  await within({ clock, ms: START_MS }, connection.opened);
  return new RedisRuns(options, { connection, reading });
}

class RedisRuns implements SharedRuns {
  readonly #connections: readonly RedisConnection[];
  readonly #reading: RedisConnection;
  readonly #clock: Clock;
  readonly #prefix: string;
  readonly #process: string;
  readonly #onProblem: SharedRunsOptions['onProblem'];
  readonly #commands: RunCommands;
  readonly #inbox: Inbox;
  readonly #beats = new DisposableStack();
  #served: { readonly publisher: RunPublisher; readonly mirrors: Mirrors } | undefined;
  /** Whether the last reply came in time. */
  #answers = true;
  #others = 0;
  #timer: Disposable | undefined;
  #left = false;
  #reported = false;

  constructor(
    { prefix, process, clock, onProblem }: SharedRunsOptions,
    { connection, reading }: { readonly connection: RedisConnection; readonly reading: RedisConnection },
  ) {
    this.#connections = [connection, reading];
    this.#reading = reading;
    this.#clock = clock;
    this.#prefix = prefix;
    this.#process = process ?? randomBytes(8).toString('hex');
    this.#onProblem = onProblem;
    this.#commands = new RunCommands(connection);
    this.#inbox = new Inbox({ commands: this.#commands, clock, prefix, process: this.#process });
  }

  get available(): boolean {
    return this.#commands.isReady && this.#answers;
  }

  get hasOthers(): boolean {
    return this.#others > 0;
  }

  serve(own: OwnRuns): void {
    const { settings } = own;
    const [commands, clock, prefix, process] = [this.#commands, this.#clock, this.#prefix, this.#process];
    const tail = this.#beats.use(
      new StreamTail({ connection: this.#reading, clock, wake: () => this.#inbox.send('wake', process, []) }),
    );
    const onFailed = (error: Error): void => this.#failed(error.message);
    this.#served = {
      publisher: new RunPublisher({ commands, clock, prefix, process, settings, onFailed }),
      mirrors: new Mirrors({
        commands,
        tail,
        clock,
        prefix,
        settings,
        report: (kind, owner, runs) => this.#inbox.send(kind, owner, runs),
      }),
    };
    tail.follow(inboxKey(prefix, process), '0-0', (entries) => this.#inbox.receive(entries, own));
    // What was written before is not known, and what has come meanwhile is not written.
    const onReady = (): void => {
      this.#served?.publisher.lost();
      void this.#beat();
    };
    commands.client.on('ready', onReady);
    this.#beats.defer(() => void commands.client.off('ready', onReady));
    this.#beatAgain();
    this.#beats.defer(() => this.#timer?.[Symbol.dispose]());
    void this.#beat();
  }

  async claim({ key, digest, runId }: RunClaim): Promise<Claimed> {
    if (!this.available) return { kind: 'unknown' };
    const args = [`${runId} ${digest}`, CLAIM_MS];
    const keys = [claimKey(this.#prefix, key)];
    const held = await this.#inTime(this.#commands.run({ script: 'claim', keys, args }));
    if (held === '') return { kind: 'own' };
    const [heldRun = '', heldDigest = ''] = typeof held === 'string' ? held.split(' ') : [];
    return heldRun === '' ? { kind: 'unknown' } : { kind: 'taken', runId: heldRun, digest: heldDigest };
  }

  release({ key, digest, runId }: RunClaim): void {
    const command = { script: 'release', keys: [claimKey(this.#prefix, key)], args: [`${runId} ${digest}`] } as const;
    if (this.#commands.isReady) this.#commands.run(command).catch(() => undefined);
  }

  share(run: KeptRun, claim: RunClaim | undefined): SharedRun {
    if (this.#served === undefined) throw new Error('Runs are shared only once they are served.');
    const isAvailable = this.available;
    const publication = this.#served.publisher.add(run, claim);
    if (isAvailable) void this.#settleInTime(publication);
    else publication.settle(false);
    return publication;
  }

  async #settleInTime(publication: Publication): Promise<void> {
    publication.settle((await this.#inTime(publication.isShared)) === true);
  }

  async find(id: string, principal: Principal): Promise<FoundRun | undefined> {
    const record = await this.#look(id);
    return record?.principal === principal.id ? this.#found(record) : undefined;
  }

  async remove(id: string): Promise<void> {
    const record = await this.#look(id);
    if (record === undefined) return;
    this.#inbox.send('remove', record.owner, [id]);
    await this.#commands.client.del(...listOf(runKeys(this.#prefix, id))).catch(() => undefined);
  }

  async leave(): Promise<void> {
    this.#left = true;
    this.#commands.client.zrem(processesKey(this.#prefix), this.#process).catch(() => undefined);
    await this.#flush();
  }

  sendOn(reason: GatewayError): void {
    this.#served?.mirrors.sendOn(reason);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#flush();
    this.#beats.dispose();
    await Promise.all(this.#connections.map((each) => each[Symbol.asyncDispose]()));
  }

  async #flush(): Promise<void> {
    await within({ clock: this.#clock, ms: FLUSH_MS }, this.#served?.publisher.flush() ?? Promise.resolve());
  }

  async #look(id: string): Promise<RunRecord | undefined> {
    if (!this.#commands.isReady) throw comeAgain();
    const keys = listOf(runKeys(this.#prefix, id));
    const reply = await within(
      { clock: this.#clock, ms: FIND_MS },
      this.#commands.run({ script: 'look', keys, args: [] }),
    );
    if (reply === undefined) throw comeAgain();
    const record = readRecord(id, reply);
    if (record !== undefined && !record.over && record.ownerMs <= 0) this.#served?.mirrors.watch(record);
    return record;
  }

  #found(record: RunRecord): FoundRun | undefined {
    const { mirrors } = this.#served ?? {};
    if (mirrors === undefined) return undefined;
    return new RemoteRun(record, {
      mirrors,
      clock: this.#clock,
      cancel: ({ owner, id }) => this.#inbox.send('cancel', owner, [id]),
      look: (id) => this.#look(id),
    });
  }

  /** The reply of what a new run waits for; undefined where it does not come in time. Later ones do not wait until Redis answers again. */
  async #inTime<Value>(reply: Promise<Value>): Promise<Value | undefined> {
    const value = await within({ clock: this.#clock, ms: CREATE_MS }, reply);
    if (value === undefined) this.#failed(`no reply within ${CREATE_MS} ms`);
    return value;
  }

  #failed(reason: string): void {
    this.#answers = false;
    if (this.#reported) return;
    this.#reported = true;
    this.#onProblem?.(`runs: other gateways cannot be reached through Redis: ${reason}`);
  }

  #beatAgain(): void {
    this.#timer = background(this.#clock).timer(BEAT_MS, () => {
      this.#beatAgain();
      void this.#beat();
    });
  }

  async #beat(): Promise<void> {
    this.#inbox.beat();
    this.#served?.mirrors.beat();
    if (!this.#commands.isReady) this.#failed('not connected');
    // A process that leaves is still the owner of its runs.
    this.#served?.publisher.renew();
    const process = this.#left ? '' : this.#process;
    const command = { script: 'beat', keys: [processesKey(this.#prefix)], args: [process, ALIVE_MS] } as const;
    const count = await within({ clock: this.#clock, ms: BEAT_MS / 2 }, this.#commands.run(command));
    if (typeof count !== 'number') return;
    this.#others = count - (this.#left ? 0 : 1);
    this.#answers = true;
    this.#reported = false;
  }
}
