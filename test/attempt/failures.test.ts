import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { failureOfReading, failureOfReport } from '../../src/attempt/failures.ts';
import type { Reading } from '../../src/domain/reading.ts';
import { createRedact } from '../../src/lib/redact.ts';

const SECRET = 'Zq8-vault/0123456789abcdef';
const redact = createRedact([SECRET]);

function readingOf(message: string): Reading {
  const error = { message, type: message, param: message, code: message };
  return { class: 'bad_request', scope: 'request', status: 400, error, observed: [], matchedText: [] };
}

/** The message as it is shown. Every text of an error is shown in one way, but the others get half the size. */
function shown(message: string): string {
  const failure = failureOfReading(readingOf(message), redact);
  const { error } = failureOfReport(readingOf(message), redact).reading ?? readingOf('');
  expect(error.message).toBe(failure.message);
  const { type } = error;
  expect(error).toMatchObject({ param: type, code: type });
  if (Buffer.byteLength(failure.message) <= 2048) expect(type).toBe(failure.message);
  else expect(failure.message.startsWith(type?.slice(0, -1) ?? '?')).toBe(true);
  expect(Buffer.byteLength(type ?? '')).toBeLessThanOrEqual(2048);
  expect(Buffer.byteLength(failure.message)).toBeLessThanOrEqual(4096);
  return failure.message;
}

describe('the text of a provider’s error', () => {
  test.each(['', 'no', 'word '.repeat(819), 'x'.repeat(4096), '図'.repeat(1365), '🙂'.repeat(1024)])(
    'stays up to 4 KB (%#)',
    (text) => {
      expect(shown(text)).toBe(text);
    },
  );

  test('is cut behind a whole word beyond that', () => {
    expect(shown('word '.repeat(820))).toBe(`${'word '.repeat(817)}word…`);
    expect(shown(`It fails. ${'word '.repeat(1_000_000)}`)).toMatch(/^It fails\. (?:word )+word…$/);
    expect(shown(`Invalid image: data:image/png;base64,${'A'.repeat(5_000_000)}`)).toMatch(/^Invalid image: .*A…$/);
  });

  test('is cut at a character, where it has no words', () => {
    for (const text of ['図'.repeat(5000), '🙂'.repeat(5000), `x${'🙂'.repeat(5000)}`, 'x'.repeat(5_000_000)]) {
      const cut = shown(text);
      expect(text.startsWith(cut.slice(0, -1))).toBe(true);
      expect([Buffer.byteLength(cut) > 4000, cut.isWellFormed(), cut.at(-1)]).toEqual([true, true, '…']);
    }
  });

  test('shows nothing of a secret, wherever it is cut', () => {
    const filler = fc.constantFrom('word ', 'x', 'a,b;', '図', '\n');
    // Long redacted texts in front of a secret move it in what is shown.
    const front = fc.constantFrom('', `password=${'s'.repeat(4000)} `, `sk-${'0a'.repeat(2500)} `);
    const at = fc.oneof(
      ...[
        [0, 50],
        [640, 710],
        [1330, 1380],
        [2000, 2100],
        [4000, 4110],
        [8100, 8200],
      ].map(([min = 0, max = 0]) => fc.integer({ min, max })),
    );
    fc.assert(
      fc.property(front, filler, at, fc.boolean(), (start, piece, index, isLong) => {
        const head = start + piece.repeat(9000).slice(0, Math.max(0, index - start.length));
        const text = `${head}${SECRET} ${isLong ? 'y '.repeat(10_000) : ''}`;
        expect(shown(text)).not.toMatch(/Z|vault|ssss|0a0a/);
      }),
      { numRuns: 1000 },
    );
  });

  test('of five million characters costs no more than a short one', () => {
    for (const piece of ['password=', 'http://10.0.0.5/ ', 'x', 'sk-']) {
      const text = piece.repeat(5_000_000 / piece.length);
      const before = performance.now();
      shown(text);
      expect([piece, performance.now() - before < 500]).toEqual([piece, true]);
    }
  });
});
