// The replies of stream-soak.ts's upstream, by the requested model; the parent makes the same bytes to compare them.
import { constants, crc32, deflateRawSync } from 'node:zlib';
import { chunk, type Reply, responder, sse } from '../../src/testing/index.ts';

export const MB = 1024 * 1024;
export const MILLION = 1_000_000;
const PIECE_BYTES = 64;
const BATCH = 1000;
const STREAM = { 'content-type': 'text/event-stream' };
const ROLE = Buffer.from(chunk({ delta: { role: 'assistant', content: '' } }));
const END = Buffer.from(chunk({ finish: 'stop' }) + sse('[DONE]'));
const USAGE = { prompt_tokens: 9, completion_tokens: MILLION, total_tokens: MILLION + 9 };

const event = (content: string): Buffer => Buffer.from(chunk({ delta: { content } }));
const repeat = <Item>(count: number, item: Item): Item[] => Array.from({ length: count }, () => item);

/** A complete stream with one event that holds `bytes` bytes of text. */
export function streamWith(bytes: number): Buffer {
  return Buffer.concat([ROLE, event('é and 😀 \nok'.repeat(bytes / 16)), END]);
}

/** A stream of `count` tokens, an event for each, in parts. Its usage is always a million. */
export function tokens(count: number): Buffer[] {
  const usage = sse({ id: 'chatcmpl-scripted', object: 'chat.completion.chunk', choices: [], usage: USAGE });
  const batch = Buffer.concat(repeat(BATCH, event('x')));
  return [ROLE, ...repeat(count / BATCH, batch), Buffer.from(chunk({ finish: 'stop' }) + usage + sse('[DONE]'))];
}

/** A stream in small HTTP chunks. */
function inPieces(stream: Buffer): Reply {
  const parts: Buffer[] = [
    Buffer.from('HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n'),
  ];
  for (let at = 0; at < stream.length; at += PIECE_BYTES) {
    const piece = stream.subarray(at, at + PIECE_BYTES);
    parts.push(Buffer.from(`${piece.length.toString(16)}\r\n`), piece, Buffer.from('\r\n'));
  }
  return { raw: Buffer.concat([...parts, Buffer.from('0\r\n\r\n')]) };
}

/** A gzip of one gigabyte of zeros, about a megabyte. */
function bomb(): Buffer {
  const zeros = Buffer.alloc(16 * MB);
  const block = deflateRawSync(zeros, { level: 9, finishFlush: constants.Z_FULL_FLUSH });
  const trailer = Buffer.alloc(8);
  trailer.writeUInt32LE(repeat(64, zeros).reduce((sum, part) => crc32(part, sum), 0));
  trailer.writeUInt32LE(64 * zeros.length, 4);
  const head = Buffer.from([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3]);
  return Buffer.concat([head, ...repeat(64, block), Buffer.from([3, 0]), trailer]);
}

const compressed = (type: string): Reply => ({
  headers: { 'content-type': type, 'content-encoding': 'gzip' },
  body: bomb(),
});

/** Replies by model, made on request. */
export const REPLIES: Readonly<Record<string, () => Reply>> = {
  warm: () =>
    responder({ content: 'warm '.repeat(20) })({
      method: '',
      path: '',
      headers: {},
      body: Buffer.from('{"stream":true}'),
    }),
  'first-tokens': () => ({ headers: STREAM, chunks: tokens(MILLION / 10) }),
  tokens: () => ({ headers: STREAM, chunks: tokens(MILLION) }),
  flood: () => ({ headers: STREAM, chunks: repeat(3200, event('x'.repeat(64 * 1024))) }),
  'pieces-5': () => inPieces(streamWith(5 * MB)),
  'pieces-10': () => inPieces(streamWith(10 * MB)),
  whole: () => ({ headers: STREAM, body: streamWith(5 * MB) }),
  endless: () => ({
    headers: STREAM,
    chunks: [ROLE, event('Hi'), 'data: ', ...repeat(1024, Buffer.alloc(64 * 1024, 'x'))],
  }),
  'endless-pieces': () =>
    inPieces(Buffer.concat([ROLE, event('Hi'), Buffer.from('data: '), Buffer.alloc(20 * MB, 'x')])),
  'bomb-stream': () => compressed('text/event-stream'),
  'bomb-json': () => compressed('application/json'),
};
