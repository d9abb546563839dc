import { once } from 'node:events';
import {
  brotliCompressSync,
  constants,
  createGzip,
  deflateRawSync,
  deflateSync,
  gzipSync,
  zstdCompressSync,
} from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { codingsOf, createDecoder } from '../../src/upstream/decode.ts';

const TEXT = Buffer.from('data: {"a":"é😀"}\n\n'.repeat(2000));
const codings = (encoding: string | string[] | undefined) => codingsOf({ headers: { 'content-encoding': encoding } });

/** Feeds pieces to a decoder and returns its output: the bytes, and how it ended. */
async function decoded(names: readonly string[], pieces: readonly Buffer[], maxBytes?: number) {
  const out: Buffer[] = [];
  const { promise, resolve } = Promise.withResolvers<string>();
  const decoder = createDecoder(names, {
    receiver: { data: (bytes) => void out.push(bytes), end: () => resolve('end') },
    flow: { pause: () => undefined, resume: () => undefined },
    failed: (problem) => resolve(problem),
    ...(maxBytes === undefined ? {} : { maxBytes }),
  });
  for (const piece of pieces) decoder.receiver.data(piece);
  decoder.receiver.end();
  const end = await promise;
  return { end, bytes: Buffer.concat(out) };
}

const inPieces = (bytes: Buffer, size: number): Buffer[] =>
  Array.from({ length: Math.ceil(bytes.length / size) }, (_, n) => bytes.subarray(n * size, (n + 1) * size));

const WAYS: Readonly<Record<string, readonly [names: readonly string[], bytes: Buffer]>> = {
  gzip: [['gzip'], gzipSync(TEXT)],
  'x-gzip': [['x-gzip'], gzipSync(TEXT)],
  deflate: [['deflate'], deflateSync(TEXT)],
  'deflate without its wrapper': [['deflate'], deflateRawSync(TEXT)],
  br: [['br'], brotliCompressSync(TEXT)],
  zstd: [['zstd'], zstdCompressSync(TEXT)],
  'gzip and then br': [['gzip', 'br'], brotliCompressSync(gzipSync(TEXT))],
};

describe.each(Object.entries(WAYS))('%s', (_, [names, bytes]) => {
  test('is decoded however it is cut into pieces', async () => {
    for (const size of [1, 7, bytes.length])
      expect(await decoded(names, inPieces(bytes, size))).toEqual({ end: 'end', bytes: TEXT });
  });

  test('that is garbage is reported as garbled', async () => {
    expect((await decoded(names, [Buffer.from('not in this coding')])).end).toBe('garbled');
  });

  test('past the size limit is reported, and no more of it is passed on', async () => {
    const { end, bytes: out } = await decoded(names, [bytes], 1000);
    expect([end, out.length <= 1000]).toEqual(['garbled', true]);
  });
});

test.each(['gzip', 'deflate', 'br'])('%s that is cut is reported as cut', async (name) => {
  const [names, bytes] = WAYS[name]!;
  expect((await decoded(names, [bytes.subarray(0, -9)])).end).toBe('cut');
});

test('when no decoder can be made the reply is reported as garbled, and nothing is thrown', async () => {
  expect(await decoded(['unknown'], [Buffer.from('x'), Buffer.from('y')])).toEqual({
    end: 'garbled',
    bytes: Buffer.alloc(0),
  });
});

test('an empty body in any coding is an empty body', async () => {
  expect(await decoded(['gzip'], [])).toEqual({ end: 'end', bytes: Buffer.alloc(0) });
});

test.each([
  [undefined, []],
  ['', []],
  ['identity', []],
  ['GZIP', ['gzip']],
  [' gzip , identity,br ', ['gzip', 'br']],
  [
    ['gzip', 'br'],
    ['gzip', 'br'],
  ],
  ['lzma', undefined],
  ['toString', undefined],
  [Array.from({ length: 6 }, () => 'gzip').join(), undefined],
  [Array.from({ length: 1000 }, () => 'br').join(), undefined],
])('content-encoding %s means %s', (encoding, names) => {
  expect(codings(encoding)).toEqual(names);
});

test('flushed bytes are passed on before more bytes arrive', async () => {
  const gzip = createGzip();
  const { promise, resolve } = Promise.withResolvers<string>();
  const decoder = createDecoder(['gzip'], {
    receiver: { data: (bytes) => resolve(bytes.toString()), end: () => undefined },
    flow: { pause: () => undefined, resume: () => undefined },
    failed: () => undefined,
  });
  gzip.on('data', (bytes: Buffer) => decoder.receiver.data(bytes));
  gzip.write('data: one\n\n');
  gzip.flush(constants.Z_SYNC_FLUSH);
  expect(await promise).toBe('data: one\n\n');
  decoder.drop();
});

test('a paused receiver gets no bytes and pauses the exchange, and gets all bytes once it resumes', async () => {
  const calls: string[] = [];
  let size = 0;
  const { promise, resolve } = Promise.withResolvers<void>();
  const decoder = createDecoder(['gzip'], {
    receiver: { data: (bytes) => void (size += bytes.length), end: resolve },
    flow: { pause: () => void calls.push('pause'), resume: () => void calls.push('resume') },
    failed: () => undefined,
  });
  decoder.pause();
  const big = Buffer.alloc(8 * 1024 * 1024, 'x');
  for (const piece of inPieces(gzipSync(big, { level: 0 }), 64 * 1024)) decoder.receiver.data(piece);
  for (let turn = 0; turn < 500; turn++) await new Promise((done) => void setImmediate(done));
  expect([size, calls.includes('pause'), calls.includes('resume')]).toEqual([0, true, false]);
  decoder.receiver.end();
  decoder.resume();
  await promise;
  expect(size).toBe(big.length);
});

test('a dropped decoder reports nothing more', async () => {
  const calls: string[] = [];
  const decoder = createDecoder(['gzip'], {
    receiver: { data: () => void calls.push('data'), end: () => void calls.push('end') },
    flow: { pause: () => undefined, resume: () => undefined },
    failed: () => void calls.push('failed'),
  });
  decoder.receiver.data(gzipSync(TEXT));
  decoder.drop();
  decoder.receiver.data(Buffer.from('more'));
  decoder.receiver.end();
  for (let turn = 0; turn < 100; turn++) await new Promise((done) => void setImmediate(done));
  expect(calls).toEqual([]);
  // Its resources are released too; otherwise the process would not end.
  await once(createGzip().end().resume(), 'end');
});
