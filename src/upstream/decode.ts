import { pipeline, type Transform } from 'node:stream';
import {
  constants,
  createBrotliDecompress,
  createGunzip,
  createInflate,
  createInflateRaw,
  createZstdDecompress,
} from 'node:zlib';
import type { Flow, Receiver, ReplyHead } from './transport.ts';

/** The largest reply after decoding, in bytes: larger than any answer, smaller than a decompression bomb. */
export const MAX_DECODED_BYTES = 256 * 1024 * 1024;
/** More stacked codings than this are an attack on the decoder. */
const MAX_CODINGS = 5;

/** Decodes a reply's bytes on their way to its receiver. */
export interface Decoder extends Flow {
  readonly receiver: Pick<Receiver, 'data' | 'end'>;
  /** Drops what is not decoded yet; the receiver is not called after it. Idempotent. */
  drop(): void;
}

/** What a decoder connects. */
export interface DecoderOptions {
  readonly receiver: Pick<Receiver, 'data' | 'end'>;
  /** Controls the exchange that the compressed bytes are read from. */
  readonly flow: Flow;
  /** Called once, last, when the bytes are not in the coding that the head declares (`garbled`) or end too early (`cut`). */
  readonly failed: (problem: 'cut' | 'garbled', cause: Error) => void;
  /** The largest decoded reply; MAX_DECODED_BYTES unless given. */
  readonly maxBytes?: number;
  /** The largest window of a zstd frame, as a power of two; zstd's own limit unless given. */
  readonly zstdWindowLog?: number;
}

const NO_CODINGS: readonly string[] = Object.freeze([]);

/** A reply's codings, in the order in which they were applied; undefined when one of them is unknown or there are too many. */
export function codingsOf({ headers }: Pick<ReplyHead, 'headers'>): readonly string[] | undefined {
  const declared = headers['content-encoding'];
  if (declared === undefined) return NO_CODINGS;
  const codings = String(declared)
    .toLowerCase()
    .split(',')
    .map((coding) => coding.trim())
    .filter((coding) => coding !== '' && coding !== 'identity');
  const known = codings.every((coding) => Object.hasOwn(DECODERS, coding));
  return known && codings.length <= MAX_CODINGS ? codings : undefined;
}

/**
 * Makes a decoder of a compressed reply. Requests accept no compression, but some providers send it anyway. Whatever can be decoded is passed
 * on at once. A paused receiver pauses the exchange, once the buffers of the codings between them are full.
 */
export function createDecoder(codings: readonly string[], options: DecoderOptions): Decoder {
  const { receiver, flow, failed, maxBytes = MAX_DECODED_BYTES, zstdWindowLog } = options;
  // Created with the first bytes: deflate is sent with and without zlib's wrapper, and only the first byte shows which.
  let head: Transform | undefined;
  let last: Transform | undefined;
  let over = false;
  let paused = false;
  let size = 0;

  function start(bytes: Buffer): Transform {
    const chain = codings
      .toReversed()
      .map((coding, index) => decoderOf(coding, { first: index === 0 ? bytes[0] : undefined, zstdWindowLog }));
    const [first = createGunzip()] = chain;
    last = chain.at(-1) ?? first;
    last.on('data', (piece: Buffer) => {
      size += piece.length;
      if (size > maxBytes) return fail(new Error('The decoded reply is too large.'));
      receiver.data(piece);
    });
    last.once('end', () => {
      if (over) return;
      over = true;
      receiver.end();
    });
    // `pipeline` destroys all decoders of a chain when one fails. A single decoder needs only a listener.
    if (chain.length > 1) pipeline(chain, (error) => error && fail(error));
    else first.once('error', fail);
    first.on('drain', () => flow.resume());
    if (paused) last.pause();
    return (head = first);
  }

  function fail(error: Error): void {
    if (over) return;
    drop();
    // The code for an unexpected end, whatever the coding.
    const cut = 'code' in error && error.code === 'Z_BUF_ERROR';
    failed(cut ? 'cut' : 'garbled', error);
  }

  function drop(): void {
    over = true;
    head?.destroy();
    last?.destroy();
  }

  return {
    receiver: {
      data(bytes) {
        if (over || bytes.length === 0) return;
        try {
          head ??= start(bytes);
        } catch (thrown) {
          // There may be no memory for a decoder. Thrown further up, the error could not be assigned to this reply.
          return fail(thrown instanceof Error ? thrown : new Error(String(thrown)));
        }
        if (!head.write(bytes)) flow.pause();
      },
      end() {
        if (over) return;
        if (head !== undefined) return void head.end();
        over = true;
        receiver.end();
      },
    },
    drop,
    pause() {
      paused = true;
      last?.pause();
    },
    resume() {
      paused = false;
      last?.resume();
    },
  };
}

/** What a decoder is made for. */
interface DecoderSettings {
  readonly zstdWindowLog: number | undefined;
  /** The first byte, where it is known. */
  readonly first: number | undefined;
}

const DECODERS: Readonly<Record<string, (settings: DecoderSettings) => Transform>> = Object.freeze({
  gzip: () => createGunzip(),
  'x-gzip': () => createGunzip(),
  br: () => createBrotliDecompress(),
  zstd: ({ zstdWindowLog: log }) =>
    createZstdDecompress(log === undefined ? {} : { params: { [constants.ZSTD_d_windowLogMax]: log } }),
  // The low half of a zlib wrapper's first byte is 8. No compressor writes a raw block that begins so.
  deflate: ({ first }) => (first === undefined || (first & 0x0f) === 8 ? createInflate() : createInflateRaw()),
});

function decoderOf(coding: string, settings: DecoderSettings): Transform {
  const make = DECODERS[coding];
  if (make === undefined) throw new Error(`Unknown coding ${coding}.`);
  return make(settings);
}
