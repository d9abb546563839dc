import { pipeline, type Transform } from 'node:stream';
import { createBrotliDecompress, createGunzip, createInflate, createInflateRaw, createZstdDecompress } from 'node:zlib';
import type { Flow, Receiver, ReplyHead } from './transport.ts';

/** The largest reply after decoding, in bytes: no answer is larger, a bomb is. */
export const MAX_DECODED_BYTES = 256 * 1024 * 1024;
/** More codings on top of each other than this are an attack on the decoder. */
const MOST_CODINGS = 5;

/** Where a reply's bytes go on their way to its receiver. */
export interface Decoder extends Flow {
  readonly receiver: Pick<Receiver, 'data' | 'end'>;
  /** Forgets what was not decoded yet; the receiver hears nothing more. Idempotent. */
  drop(): void;
}

/** What a decoder is made of. */
export interface DecoderOptions {
  readonly receiver: Pick<Receiver, 'data' | 'end'>;
  /** The exchange beneath. */
  readonly flow: Flow;
  /** The bytes are not what their head says; called once, and nothing after it. */
  readonly failed: (problem: 'cut' | 'garbled', cause: Error) => void;
  readonly maxBytes?: number;
}

const NO_CODINGS: readonly string[] = Object.freeze([]);

/** A reply's codings, in the order in which they were applied; undefined where one of them is unknown or there are too many. */
export function codingsOf({ headers }: ReplyHead): readonly string[] | undefined {
  const said = headers['content-encoding'];
  if (said === undefined) return NO_CODINGS;
  const codings = String(said)
    .toLowerCase()
    .split(',')
    .map((coding) => coding.trim())
    .filter((coding) => coding !== '' && coding !== 'identity');
  const known = codings.every((coding) => Object.hasOwn(DECODERS, coding));
  return known && codings.length <= MOST_CODINGS ? codings : undefined;
}

/**
 * Decodes a compressed reply on its way: we ask for none, and some send it all the same. What can be decoded is handed on at once, and a
 * reader who pauses pauses the exchange, with a buffer of each coding's between them.
 */
export function createDecoder(codings: readonly string[], options: DecoderOptions): Decoder {
  const { receiver, flow, failed, maxBytes = MAX_DECODED_BYTES } = options;
  // Deflate goes with and without zlib's wrapper, and only the first byte tells which.
  let head: Transform | undefined;
  let last: Transform | undefined;
  let over = false;
  let paused = false;
  let size = 0;

  function begin(bytes: Buffer): Transform {
    const chain = codings.toReversed().map((coding, index) => decoderOf(coding, index === 0 ? bytes : undefined));
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
    // Of a chain it destroys all where one fails; of one it only listens.
    if (chain.length > 1) pipeline(chain, (error) => error && fail(error));
    else first.once('error', fail);
    first.on('drain', () => flow.resume());
    if (paused) last.pause();
    return (head = first);
  }

  function fail(error: Error): void {
    if (over) return;
    drop();
    // zlib's name for an end in the middle, whatever the coding.
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
          head ??= begin(bytes);
        } catch (thrown) {
          // There may be no memory for one; nobody above could tell whose reply it was.
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

const DECODERS: Readonly<Record<string, (first: number | undefined) => Transform>> = Object.freeze({
  gzip: () => createGunzip(),
  'x-gzip': () => createGunzip(),
  br: () => createBrotliDecompress(),
  zstd: () => createZstdDecompress(),
  // The low half of a zlib wrapper's first byte is 8; no raw block that a compressor writes begins so.
  deflate: (first) => (first === undefined || (first & 0x0f) === 8 ? createInflate() : createInflateRaw()),
});

function decoderOf(coding: string, bytes: Buffer | undefined): Transform {
  const make = DECODERS[coding];
  if (make === undefined) throw new Error(`Unknown coding ${coding}.`);
  return make(bytes?.[0]);
}
