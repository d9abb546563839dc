import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseBody } from '../../src/door/body.ts';
import type { OperationName } from '../../src/domain/operation-names.ts';

const LIMITS = { members: 4, values: 20, numbers: 30, depth: 5 };

/** The code and the message with which a body is refused; undefined where it is read. */
function refusalOf(body: string | Buffer, operation?: OperationName): string | undefined {
  try {
    parseBody(Buffer.from(body), { limits: LIMITS, operation });
    return undefined;
  } catch (thrown) {
    return thrown instanceof Error && 'code' in thrown ? `${String(thrown.code)}: ${thrown.message}` : String(thrown);
  }
}

const numbers = (count: number): string => `[${Array.from({ length: count }, (_, n) => n).join()}]`;

describe('a body at a limit is read, and one past it is refused with the name of the limit', () => {
  test.each([
    ['members', '{"a":1,"b":2,"c":3,"d":4}', '{"a":1,"b":2,"c":3,"d":4,"e":5}', '4 members at its top level'],
    ['levels', '{"a":[[[[]]]]}', '{"a":[[[[[]]]]]}', '5 levels of nesting'],
    ['values', `{"messages":[${'"x",'.repeat(17)}"x"]}`, `{"messages":[${'"x",'.repeat(18)}"x"]}`, '20 values'],
  ])('%s', (_, within, past, named) => {
    expect(refusalOf(within, 'chat.completions')).toBeUndefined();
    expect(refusalOf(past, 'chat.completions')).toBe(`invalid_request: The body has more than ${named}.`);
  });

  test('numbers, which are values of a chat and have a limit of their own for embeddings', () => {
    expect(refusalOf(`{"input":${numbers(30)}}`, 'embeddings')).toBeUndefined();
    expect(refusalOf(`{"input":${numbers(31)}}`, 'embeddings')).toBe(
      'invalid_request: The body has more than 30 numbers.',
    );
    expect(refusalOf(`{"messages":${numbers(18)}}`, 'chat.completions')).toBeUndefined();
    expect(refusalOf(`{"messages":${numbers(19)}}`, 'chat.completions')).toBe(
      'invalid_request: The body has more than 20 values.',
    );
  });
});

/** The first byte that begins no character, byte by byte. */
function faultyByte(bytes: Buffer): number {
  for (let at = 0; at < bytes.length;) {
    const length = [1, 2, 3, 4].find((each) => {
      try {
        return (
          Array.from(new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes.subarray(at, at + each)))
            .length === 1
        );
      } catch {
        return false;
      }
    });
    if (length === undefined) return at;
    at += length;
  }
  return -1;
}

test('the byte that is no UTF-8 is named, wherever it is', () => {
  const text = fc.string({ unit: fc.constantFrom('a', 'é', '日', '😀'), maxLength: 60 });
  const wrong = fc.uint8Array({ minLength: 1, maxLength: 6 });
  fc.assert(
    fc.property(text, wrong, text, (before, bytes, after) => {
      const body = Buffer.concat([Buffer.from(before), bytes, Buffer.from(after)]);
      const at = faultyByte(body);
      fc.pre(at !== -1);
      expect(refusalOf(body)).toBe(`invalid_json: The body is not UTF-8: byte ${at} begins no character.`);
    }),
    { numRuns: 500 },
  );
});
