import { deflateRawSync, deflateSync, gzipSync, zstdCompressSync, constants } from 'node:zlib';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { contentCodings, decodeBody } from '../../src/door/content-coding.ts';
import type { GatewayError } from '../../src/domain/errors.ts';

const NO_FLOW = { pause: () => undefined, resume: () => undefined };
const TEXT = Buffer.from('{"messages":[]}'.repeat(500));

/** What a body in pieces is decoded to. */
function decoded(
  codings: readonly string[],
  pieces: readonly Buffer[],
  limit = Infinity,
): Promise<Buffer | GatewayError> {
  const { promise, resolve } = Promise.withResolvers<Buffer | GatewayError>();
  const kept: Buffer[] = [];
  const decoder = decodeBody(codings, NO_FLOW, {
    data(piece) {
      if (kept.reduce((sum, { length }) => sum + length, piece.length) > limit) throw new RangeError('past the limit');
      kept.push(piece);
    },
    end: () => resolve(Buffer.concat(kept)),
    failed: resolve,
  });
  for (const piece of pieces) decoder.receiver.data(piece);
  decoder.receiver.end();
  return promise;
}

test.each<[string | undefined, readonly string[]]>([
  [undefined, []],
  ['', []],
  ['identity', []],
  ['gzip', ['gzip']],
  [' ZSTD ', ['zstd']],
  ['identity, br', ['br']],
  ['deflate,gzip', ['deflate', 'gzip']],
])('the codings of %j', (header, codings) => {
  expect(contentCodings({ 'content-encoding': header })).toEqual(codings);
});

test.each(['lzma', 'gzip, compress', 'gzip, gzip, gzip', '__proto__', `x${'y'.repeat(500)}`])(
  '%j is refused',
  (header) => {
    expect(() => contentCodings({ 'content-encoding': header })).toThrow(
      expect.objectContaining({
        code: 'unsupported_media_type',
        message: expect.stringMatching(/zstd, gzip, deflate, br/),
      }),
    );
    expect(() => contentCodings({ 'content-encoding': header })).toThrow(/^.{0,200}$/);
  },
);

test('a body that arrives in any pieces is decoded', async () => {
  const encodings = { gzip: gzipSync, deflate: deflateSync, zstd: zstdCompressSync, raw: deflateRawSync };
  const coding = fc.constantFrom<keyof typeof encodings>('gzip', 'deflate', 'zstd', 'raw');
  await fc.assert(
    fc.asyncProperty(coding, fc.uint8Array(), fc.integer({ min: 1, max: 50 }), async (name, bytes, size) => {
      const body = encodings[name](bytes);
      const pieces: Buffer[] = [];
      for (let at = 0; at < body.length; at += size) pieces.push(body.subarray(at, at + size));
      const codings = [name === 'raw' ? 'deflate' : name];
      const result = await decoded(codings, pieces);
      // Zstd does not show whether a frame without bytes is whole.
      if (name === 'zstd' && bytes.length === 0) expect(result).toMatchObject({ code: 'invalid_request' });
      else expect(result).toEqual(Buffer.from(bytes));
    }),
    { numRuns: 50 },
  );
});

test('two codings are undone in the opposite order', async () => {
  expect(await decoded(['deflate', 'gzip'], [gzipSync(deflateSync(TEXT))])).toEqual(TEXT);
  expect(await decoded(['gzip', 'deflate'], [gzipSync(deflateSync(TEXT))])).toMatchObject({ code: 'invalid_request' });
});

test('what the receiver does not take ends the decoding, once', async () => {
  const bomb = gzipSync(Buffer.alloc(50_000_000));
  const began = performance.now();
  expect(await decoded(['gzip'], [bomb], 100_000)).toMatchObject({ code: 'internal_error' });
  expect(performance.now() - began).toBeLessThan(1000);
});

test('a frame of zstd whose window is larger than 8 MB is refused', async () => {
  const params = { [constants.ZSTD_c_windowLog]: 27, [constants.ZSTD_c_contentSizeFlag]: 0 };
  const large = zstdCompressSync(Buffer.alloc(64 * 1024 * 1024), { params });
  expect(await decoded(['zstd'], [large])).toMatchObject({ code: 'invalid_request' });
});

test('a body that is dropped calls nothing any more', async () => {
  const calls: string[] = [];
  const decoder = decodeBody(['gzip'], NO_FLOW, {
    data: () => calls.push('data'),
    end: () => calls.push('end'),
    failed: () => calls.push('failed'),
  });
  decoder.receiver.data(gzipSync(TEXT));
  decoder.receiver.end();
  decoder.drop();
  await new Promise((resolve) => setTimeout(resolve, 50));
  expect(calls).toEqual([]);
});
