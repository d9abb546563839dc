import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync, zstdCompressSync } from 'node:zlib';
import { chatCompletion, chunk, type Reply, sse } from '../../src/testing/index.ts';

export const STREAM = { 'content-type': 'text/event-stream' };
export const JSON_TYPE = { 'content-type': 'application/json' };
export const ROLE = chunk({ delta: { role: 'assistant', content: '' } });
export const HI = chunk({ delta: { content: 'Hi' } });
export const STOP = chunk({ finish: 'stop' });
export const DONE = sse('[DONE]');

/** The text of every complete answer. */
export const TEXT = 'all of it, é and 😀';

/** A scripted stream as one text. */
export const WHOLE = [
  ROLE,
  ...TEXT.split(/(?<= )/).map((word) => chunk({ delta: { content: word } })),
  STOP,
  DONE,
].join('');
/** A scripted answer as JSON. */
export const COMPLETION = JSON.stringify(chatCompletion({ content: TEXT }).body);

/** The same stream with each event edited, as other servers frame it. */
export function framed(edit: (event: string) => string): Reply {
  const events = WHOLE.split('\n\n').filter(Boolean);
  return { headers: STREAM, chunks: [events.map((event) => edit(event)).join('')] };
}

export const CODINGS = {
  gzip: gzipSync,
  'x-gzip': gzipSync,
  deflate: deflateSync,
  'deflate, raw': deflateRawSync,
  br: brotliCompressSync,
  zstd: zstdCompressSync,
} as const;

/** The same body in a coding that was not requested. */
export function encoded(coding: keyof typeof CODINGS, text: string, headers: Record<string, string>): Reply {
  return { headers: { ...headers, 'content-encoding': coding.split(',')[0] ?? '' }, chunks: [CODINGS[coding](text)] };
}

/** A reply whose gzip is cut short inside a complete HTTP response. */
export function cutGzip(text: string, headers: Record<string, string>): Reply {
  // Z_SYNC_FLUSH makes the bytes decodable and omits the end of the gzip.
  const all = gzipSync(text, { finishFlush: 2 });
  return { headers: { ...headers, 'content-encoding': 'gzip' }, chunks: [all] };
}

/** A reply as bytes, in forms that no HTTP library sends. */
export function rawReply(head: string, body: string): Reply {
  return { raw: `HTTP/1.1 ${head.replaceAll('\n', '\r\n')}\r\n\r\n${body}` };
}
