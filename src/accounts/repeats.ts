import { hash } from 'node:crypto';
import { GatewayError } from '../domain/errors.ts';
import { putBounded } from '../lib/bounded-map.ts';
import type { Clock } from '../lib/clock.ts';
import type { Actor } from './actor.ts';

/** How long the answer of a request is repeated, in milliseconds. */
const KEPT_MS = 24 * 3600_000;
/** Most answers that are kept: they hold secrets. */
const MAX_KEPT = 1000;

/** A request that may come again. */
export interface Repeatable {
  readonly action: string;
  readonly input: object;
  /** Names the request; undefined for one that is new each time. */
  readonly key: string | undefined;
}

/** Answers of requests that may be repeated, so that none of them takes effect twice. */
export interface Repeats<Value> {
  /** Runs a request once: the same request within 24 hours gets the same answer. Rejects with `idempotency_conflict` for another one of the key. */
  once(actor: Actor, request: Repeatable, run: () => Promise<Value>): Promise<Value>;
}

interface Kept<Value> {
  readonly at: number;
  readonly input: string;
  readonly answer: Promise<Value>;
}

/** Makes an empty set of answers. A request that fails is not kept. */
export function createRepeats<Value>(clock: Clock): Repeats<Value> {
  const kept = new Map<string, Kept<Value>>();
  return {
    once({ principal }, { action, input, key }, run) {
      if (key === undefined) return run();
      const name = JSON.stringify([principal.id, action, key]);
      const text = JSON.stringify(input);
      const known = kept.get(name);
      if (known !== undefined && clock.now() - known.at < KEPT_MS) {
        if (known.input === text) return known.answer;
        const message = 'idempotency_key: belongs to a request with another input.';
        return Promise.reject(new GatewayError('idempotency_conflict', { message, param: 'idempotency_key' }));
      }
      const answer = run();
      putBounded(kept, [name, { at: clock.now(), input: text, answer }], MAX_KEPT);
      answer.catch(() => kept.get(name)?.answer === answer && kept.delete(name));
      return answer;
    },
  };
}

/** What is stored of an idempotency key. */
export function digestOf(idempotencyKey: string): string {
  return hash('sha256', idempotencyKey);
}
