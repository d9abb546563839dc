import { globSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { SseEvent } from '../../src/domain/stream-grammar.ts';
import { createEventScanner } from '../../src/sse/event-scanner.ts';

const ROOT = join(import.meta.dirname, '../fixtures/dialects');

/** What an answer of a fixture means, in no API's form. */
export interface FixtureMeaning {
  readonly text: string;
  readonly refusal: string;
  readonly reasoning: string;
  readonly calls: readonly (readonly [id: string, name: string, input: unknown])[];
  readonly finish: string;
  readonly usage: Readonly<Record<'input' | 'cacheRead' | 'cacheWrite' | 'output' | 'reasoning', number>>;
}

/** A recorded conversation in one API. */
export interface DialectFixture {
  readonly id: string;
  /** The name of its file: a number and the scenario. */
  readonly name: string;
  readonly request: {
    readonly path: string;
    readonly body: Record<string, unknown>;
    readonly headers?: Readonly<Record<string, string>>;
  };
  readonly reply: {
    readonly status: number;
    readonly headers: Readonly<Record<string, string>>;
    readonly body?: Record<string, unknown>;
  };
  /** The answer as JSON. */
  readonly response?: Record<string, unknown>;
  /** Per event: T token, F finish, U usage, E error, D end, `.` lead-in, `-` feeds only. */
  readonly gate?: readonly string[];
  readonly neutral?: FixtureMeaning;
  readonly error?: { readonly type: string; readonly afterToken?: boolean };
  readonly truncated?: boolean;
  /** The bytes of the stream; none where the answer is JSON only. */
  readonly stream: Buffer;
}

/** The fixtures of an API, by their names. */
export function fixturesOf(api: 'chat' | 'messages' | 'responses' | 'ops'): readonly DialectFixture[] {
  return globSync('*.json', { cwd: join(ROOT, api) })
    .toSorted()
    .map((file) => {
      const { stream, ...fixture } = JSON.parse(readFileSync(join(ROOT, api, file), 'utf8'));
      const bytes = typeof stream === 'string' ? readFileSync(join(ROOT, api, stream)) : Buffer.alloc(0);
      return { ...fixture, name: basename(file, '.json'), stream: bytes };
    });
}

/** The events of a stream, as they are scanned from its bytes. */
export function eventsIn(stream: Buffer): readonly SseEvent[] {
  const events: SseEvent[] = [];
  const scanner = createEventScanner((event) => void events.push(event));
  scanner.push(stream);
  scanner.end();
  return events;
}
