import { Worker } from 'node:worker_threads';
import type { RedactionRules } from '../../domain/body-rules.ts';
import type { Clock } from '../../lib/clock.ts';
import type { PackedBodies, RedactCall, RedactReply, TakenBodies } from './redact-protocol.ts';

/** A checkout runs its TypeScript sources, the package its built JavaScript. */
const EXTENSION = import.meta.url.endsWith('.ts') ? 'ts' : 'js';
/**
 * The longest redaction of one request's bodies, in milliseconds for each so many bytes: a pattern can take longer than the age of the universe. All known
 * redactions together take about a tenth of it.
 */
const LONGEST_MS = 1000;
const LIMITED_BYTES = 256 * 1024;
/** The heap of the worker, in MB. Bodies have at most a few MB. */
const MAX_HEAP_MB = 256;

/** Redacted bodies, or why there are none: their redaction has taken too long, or has failed. */
export type PackResult = PackedBodies | 'slow' | 'failed';

/** A worker, and what is known of it. */
interface RunningWorker {
  readonly worker: Worker;
  /** Resolves once it works, or has ended. */
  readonly ready: PromiseWithResolvers<void>;
  rules: RedactionRules | undefined;
}

/**
 * The worker in which bodies are redacted. It starts with the first of them, and again after it was ended, because bodies took too long, or has failed. It
 * keeps the process alive only while it works.
 */
export class RedactThread implements AsyncDisposable {
  readonly #clock: Clock;
  #running: RunningWorker | undefined;
  #settle: ((result: PackResult) => void) | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Redacts bodies. Call it again after the call before has resolved. Never rejects. */
  async pack(bodies: TakenBodies, rules: RedactionRules): Promise<PackResult> {
    const running = (this.#running ??= this.#start());
    running.worker.ref();
    await running.ready.promise;
    if (this.#running !== running) return 'failed';
    const { promise, resolve } = Promise.withResolvers<PackResult>();
    this.#settle = resolve;
    if (running.rules !== rules) post(running.worker, { kind: 'rules', rules });
    running.rules = rules;
    post(running.worker, { kind: 'bodies', bodies });
    using _timer = this.#clock.timer(longestOf(bodies), () => resolve('slow'));
    const result = await promise;
    this.#settle = undefined;
    if (result === 'slow') await this[Symbol.asyncDispose]();
    else running.worker.unref();
    return result;
  }

  /** Ends the worker; what it works at has failed. Idempotent, never rejects. */
  async [Symbol.asyncDispose](): Promise<void> {
    const running = this.#running;
    this.#lose(running);
    await running?.worker.terminate();
  }

  #start(): RunningWorker {
    const worker = new Worker(new URL(`./redact-worker.${EXTENSION}`, import.meta.url), {
      env: {},
      resourceLimits: { maxOldGenerationSizeMb: MAX_HEAP_MB },
    });
    const running: RunningWorker = { worker, ready: Promise.withResolvers(), rules: undefined };
    worker.on('message', (reply: RedactReply) => {
      if (reply.kind === 'ready') running.ready.resolve();
      else this.#settle?.(reply.kind === 'packed' ? reply.bodies : 'failed');
    });
    worker.on('error', () => this.#lose(running));
    worker.on('exit', () => this.#lose(running));
    return running;
  }

  #lose(running: RunningWorker | undefined): void {
    if (running === undefined || this.#running !== running) return;
    this.#running = undefined;
    running.ready.resolve();
    this.#settle?.('failed');
  }
}

function longestOf({ request, answer }: TakenBodies): number {
  const bytes = (request?.bytes.length ?? 0) + (answer?.bytes.length ?? 0);
  return LONGEST_MS * Math.max(1, Math.ceil(bytes / LIMITED_BYTES));
}

function post(worker: Worker, call: RedactCall): void {
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a worker has no origin
  worker.postMessage(call);
}
