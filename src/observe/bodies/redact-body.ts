import type { RedactionRules } from '../../domain/body-rules.ts';
import { rewriteJson } from '../../lib/json-cut.ts';
import { redactEvents } from './redact-events.ts';
import type { BodyRedactor, RedactionCounts } from './redactor.ts';

/** The form of a body: one JSON text, or events of a stream. */
export type BodyFormat = 'json' | 'events';

/** A body as it was taken. */
export interface TakenBody {
  readonly format: BodyFormat;
  /** Its beginning: more than is kept, so that what is redacted is seen as a whole where it is cut. */
  readonly bytes: Uint8Array;
  /** Size of the whole body, in bytes. */
  readonly size: number;
  /** Whether it was still being sent, so that more may have followed. */
  readonly partial?: boolean | undefined;
}

/** What is known of a body that is kept. */
export interface BodyFacts {
  readonly format: BodyFormat;
  /** Size of the body as it was sent, in bytes. */
  readonly size: number;
  /** Whether its end is missing. */
  readonly cut: boolean;
  readonly redactions: RedactionCounts;
}

/** A body without what the rules name, of at most `maxBytes` bytes. */
export interface RedactedBody extends BodyFacts {
  readonly text: string;
}

/** Bytes beyond `maxBytes` that are taken and redacted, and not kept: no secret is so long. */
export const MARGIN_BYTES = 16 * 1024;

/** Redacts a body and cuts it. JSON stays JSON, and events stay whole. Takes as long as the operator's patterns take. */
export function redactBody(
  { format, bytes, size, partial = false }: TakenBody,
  redactor: BodyRedactor,
  { maxBytes }: Pick<RedactionRules, 'maxBytes'>,
): RedactedBody {
  const isWhole = size <= bytes.length && !partial;
  const decoded = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('utf8');
  // A character may be cut, too.
  const text = isWhole ? decoded : decoded.replace(/\uFFFD+$/, '');
  const { text: clean, cut } =
    format === 'json'
      ? redactJson(text, redactor, maxBytes)
      : joinEvents(withoutMargin(redactEvents(text, redactor), isWhole), maxBytes);
  return { format, size, text: clean, cut: cut || !isWhole, redactions: redactor.counts };
}

interface CutText {
  readonly text: string;
  readonly cut: boolean;
}

function redactJson(text: string, redactor: BodyRedactor, maxBytes: number): CutText {
  const json = rewriteJson(
    text,
    (value, name, whole) => {
      const clean = redactor.redact(value, name);
      return whole ? clean : clean.slice(0, Math.max(0, clean.length - MARGIN_BYTES));
    },
    maxBytes,
  );
  // What is no JSON is kept as one JSON string, so that nothing in it is without redaction.
  return json ?? rewriteJson(JSON.stringify(text), (value) => redactor.redact(value), maxBytes) ?? NOTHING;
}

const NOTHING: CutText = Object.freeze({ text: 'null', cut: true });

/** What is at the end of a stream that was cut may be the beginning of a secret. */
function withoutMargin(events: readonly string[], isWhole: boolean): readonly string[] {
  if (isWhole) return events;
  let kept = events.length;
  for (let bytes = 0; kept > 0 && bytes < MARGIN_BYTES; kept--) bytes += Buffer.byteLength(events[kept - 1] ?? '');
  return events.slice(0, kept);
}

function joinEvents(events: readonly string[], maxBytes: number): CutText {
  let bytes = 0;
  const kept: string[] = [];
  for (const event of events) {
    bytes += Buffer.byteLength(event);
    if (bytes > maxBytes) return { text: kept.join(''), cut: true };
    kept.push(event);
  }
  return { text: kept.join(''), cut: false };
}
