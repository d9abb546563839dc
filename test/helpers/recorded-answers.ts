import { globSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { SseEvent } from '../../src/domain/stream-grammar.ts';
import { createEventScanner } from '../../src/sse/event-scanner.ts';

const ROOT = join(import.meta.dirname, '..', 'fixtures', 'dialects');

/** One recorded conversation in one API. */
export interface DialectFixture {
  readonly name: string;
  readonly request: { readonly body: Record<string, unknown> };
  /** The answer as JSON. */
  readonly response: Record<string, unknown> | undefined;
  /** What it means. */
  readonly neutral:
    | {
        readonly text: string;
        readonly refusal: string;
        readonly reasoning: string;
        readonly calls: readonly unknown[];
        readonly finish: string;
        readonly usage: Readonly<Record<string, number>>;
      }
    | undefined;
  /** Letters of each event. */
  readonly gate: readonly string[];
  readonly reply: { readonly body?: Record<string, unknown> };
  /** The answer as the bytes of a stream. */
  readonly stream: Buffer | undefined;
}

/** The fixtures of an API, in the order of their names. */
export function dialectFixtures(api: 'chat' | 'messages' | 'responses' | 'ops'): readonly DialectFixture[] {
  return globSync('*.json', { cwd: join(ROOT, api) })
    .toSorted()
    .map((file) => {
      const fixture = JSON.parse(readFileSync(join(ROOT, api, file), 'utf8')) as DialectFixture & { stream?: string };
      const stream = fixture.stream === undefined ? undefined : readFileSync(join(ROOT, api, String(fixture.stream)));
      return { ...fixture, name: basename(file, '.json'), stream };
    });
}

/** The events of a stream, as they are scanned from its bytes. */
export function eventsIn(stream: Buffer): readonly SseEvent[] {
  const events: SseEvent[] = [];
  const scanner = createEventScanner((event) => events.push(event));
  scanner.push(stream);
  scanner.end();
  return events;
}
