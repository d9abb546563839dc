import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { SseEvent } from '../../src/domain/stream-grammar.ts';
import { createEventScanner } from '../../src/sse/event-scanner.ts';

const ROOT = join(import.meta.dirname, '../fixtures/dialects');

/** What an answer of a fixture means, in no API's form. */
export interface FixtureMeaning {
  readonly text: string;
  readonly refusal: string;
  readonly reasoning: string;
  /** Id, name and parsed input. */
  readonly calls: readonly (readonly [string, string, unknown])[];
  readonly finish: string;
  readonly usage: Readonly<Record<'input' | 'cacheRead' | 'cacheWrite' | 'output' | 'reasoning', number>>;
}

/** A recorded conversation in one API. */
export interface DialectFixture {
  readonly id: string;
  readonly request: { readonly path: string; readonly body: Readonly<Record<string, unknown>> };
  readonly response?: Readonly<Record<string, unknown>>;
  /** Per event: T token, F finish, U usage, E error, D end, `.` lead-in, `-` feeds only. */
  readonly gate?: readonly string[];
  readonly neutral?: FixtureMeaning;
  readonly error?: Readonly<Record<string, unknown>>;
  readonly truncated?: boolean;
  /** The bytes of the stream; undefined where the answer is JSON only. */
  readonly sse: string | undefined;
}

/** The fixtures of an API, by their names. */
export function fixturesOf(api: string): readonly DialectFixture[] {
  return globSync('*.json', { cwd: join(ROOT, api) })
    .toSorted()
    .map((file) => {
      const { stream, ...fixture } = JSON.parse(readFileSync(join(ROOT, api, file), 'utf8'));
      const sse = typeof stream === 'string' ? readFileSync(join(ROOT, api, stream), 'utf8') : undefined;
      return { ...fixture, sse };
    });
}

/** The events of a stream's bytes, without runs. */
export function eventsOf(sse: string): readonly SseEvent[] {
  const events: SseEvent[] = [];
  const scanner = createEventScanner((event) => void events.push(event));
  scanner.push(Buffer.from(sse));
  scanner.end();
  return events;
}
