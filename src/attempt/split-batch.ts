import type { BatchCodec, JsonBody } from '../dialects/codec.ts';
import { rawBody, rawBodyOf } from '../domain/event-stream.ts';
import type { Observation } from '../domain/limits.ts';
import type { Failure } from '../domain/outcome.ts';
import { sumOfUsages, type Usage } from '../domain/usage.ts';
import { abortCode } from '../lib/abort.ts';
import type { Profiles } from '../targets/profiles.ts';
import type { Answer, AttemptResult, EndedStream, FailedResult } from './answer.ts';
import type { AttemptTools } from './attempt-context.ts';
import { usageOfFailed } from './billed-usage.ts';
import { failureOfAbort } from './failures.ts';
import {
  retryWithoutRefusedParameter,
  type TargetListener,
  type TargetOptions,
} from './retry-without-refused-parameter.ts';

/**
 * Attempts a target as `retryWithoutRefusedParameter` does. A request with more inputs than the target takes at once is sent in parts, one
 * after the other, and their answers are joined. How many it takes is configured, or learned from its refusal: the number in the refusal, or
 * half of what was refused. It is remembered in the target's profile. All parts together have the time of one attempt. A part that fails
 * fails the whole, with what the answered parts have used, and what its own provider bills for it.
 */
export function splitBatch(tools: AttemptTools, profiles: Profiles, options: TargetOptions): Promise<AttemptResult> {
  const { call, target } = options;
  const { batch } = tools.codecOf(call.operation, target.dialect);
  const size = batch?.size(call) ?? 1;
  if (batch === undefined || size === 1) return retryWithoutRefusedParameter(tools, profiles, options);
  return new PartedAttempt({ tools, profiles, options, batch, size }).run();
}

interface Parts {
  readonly tools: AttemptTools;
  readonly profiles: Profiles;
  readonly options: TargetOptions;
  readonly batch: BatchCodec;
  /** The number of inputs. */
  readonly size: number;
}

type JsonAnswer = Extract<Answer, { kind: 'json' }>;

class PartedAttempt {
  readonly #parts: Parts;
  /** Milliseconds since the epoch. */
  readonly #startedAt: number;
  readonly #answers: JsonAnswer[] = [];
  /** The most inputs of the next part. */
  #most: number;
  /** Whether `#most` is a guess, to be remembered once a part of that size was answered. */
  #guessed = false;
  #sent = false;

  constructor(parts: Parts) {
    const { tools, profiles, options, size } = parts;
    this.#parts = parts;
    this.#startedAt = tools.clock.now();
    this.#most = Math.min(size, profiles.maxBatchOf(options.target, this.#startedAt) ?? size);
  }

  async run(): Promise<AttemptResult> {
    const { size } = this.#parts;
    for (let from = 0; from < size;) {
      const inputs = Math.min(this.#most, size - from);
      const stopped = this.#stopped();
      if (stopped !== undefined) return this.#failed({ kind: 'failed', failure: stopped, added: [] });
      const result = await this.#attemptPart(from, inputs);
      if (result.kind === 'failed') {
        if (!this.#shrinks(result, inputs)) return this.#failed(result);
        continue;
      }
      if (result.answer.kind === 'stream' || inputs === size) return result;
      this.#answers.push(result.answer);
      from += inputs;
      if (this.#guessed) this.#remember();
    }
    return this.#joined();
  }

  async #attemptPart(from: number, inputs: number): Promise<AttemptResult> {
    const { tools, profiles, options, batch, size } = this.#parts;
    if (this.#sent) options.listener.retrying?.();
    this.#sent = true;
    if (inputs === size) return retryWithoutRefusedParameter(tools, profiles, options);
    const { call, timeouts } = options;
    const elapsed = tools.clock.now() - this.#startedAt;
    const part = batch.slice(call, from, from + inputs);
    const listener = new PartListener(options.listener);
    const result = await retryWithoutRefusedParameter(tools, profiles, {
      ...options,
      listener,
      call: part,
      timeouts: { ...timeouts, total: Math.max(0, timeouts.total - elapsed) },
      commitWithin: Math.max(0, options.commitWithin - elapsed),
    });
    // By its own prompt: that of the whole also has inputs which were answered, or never sent.
    return result.kind === 'failed'
      ? { ...result, used: usageOfFailed({ ...result, sent: listener.isSent }, part) }
      : result;
  }

  /** Why no further part is sent; undefined while the request is wanted and there is time. */
  #stopped(): Failure | undefined {
    const { tools, options } = this.#parts;
    const { signal, timeouts, commitWithin } = options;
    if (signal.aborted) return failureOfAbort(abortCode(signal));
    if (!this.#sent) return undefined;
    const elapsed = tools.clock.now() - this.#startedAt;
    if (elapsed >= timeouts.total) return failureOfAbort('total_timeout');
    return elapsed >= commitWithin ? failureOfAbort('first_token_timeout') : undefined;
  }

  /** Whether a refusal of a part of so many inputs says that smaller parts may be answered. Sets their size. */
  #shrinks({ failure }: FailedResult, inputs: number): boolean {
    const batch = failure.reading?.learned?.batch;
    if (batch === undefined || inputs === 1) return false;
    const { limit } = batch;
    // A limit that this part has met is no limit on the number of inputs.
    this.#guessed = limit === undefined || limit < 1 || limit >= inputs;
    this.#most = this.#guessed ? Math.ceil(inputs / 2) : (limit ?? 1);
    if (!this.#guessed) this.#remember();
    return true;
  }

  #remember(): void {
    const { tools, profiles, options } = this.#parts;
    profiles.learn(options.target, { kind: 'batch', inputs: this.#most }, tools.clock.now());
    this.#guessed = false;
  }

  #joined(): AttemptResult {
    const answer = this.#parts.batch.join(this.#answers.map(bodyOf));
    const usage = this.#used();
    if (answer === undefined || usage === undefined) {
      const message = 'The answers to the parts of the request do not fit together.';
      return this.#failed({ kind: 'failed', failure: { kind: 'malformed', message }, added: [] });
    }
    const { value, bytes } = answer;
    Object.defineProperty(value, rawBody, { value: bytes });
    return { kind: 'answered', answer: { kind: 'json', value, usage, bytes: bytes.length } };
  }

  #failed(result: FailedResult): AttemptResult {
    return { ...result, used: this.#used(result.used) };
  }

  /** What the answered parts have used, and a part that was not answered. */
  #used(unanswered?: Usage): Usage | undefined {
    const usages = [...this.#answers.map(({ usage }) => usage), ...(unanswered === undefined ? [] : [unanswered])];
    return usages.length === 0 ? undefined : { ...sumOfUsages(usages), requests: usages.length };
  }
}

/** Notices whether one part was sent. */
class PartListener implements TargetListener {
  isSent = false;
  readonly #whole: TargetListener;

  constructor(whole: TargetListener) {
    this.#whole = whole;
  }

  sent(): void {
    this.isSent = true;
    this.#whole.sent?.();
  }

  retrying(): void {
    this.#whole.retrying?.();
  }

  replied(observed: readonly Observation[]): void {
    this.#whole.replied?.(observed);
  }

  streamEnded(ended: EndedStream): void {
    this.#whole.streamEnded?.(ended);
  }
}

function bodyOf({ value }: JsonAnswer): JsonBody {
  return { value, bytes: rawBodyOf(value) ?? Buffer.from(JSON.stringify(value)) };
}
