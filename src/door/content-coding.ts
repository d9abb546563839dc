import { GatewayError } from '../domain/errors.ts';
import { codingsOf, createDecoder, type Decoder } from '../upstream/decode.ts';
import type { Flow } from '../upstream/transport.ts';
import type { DoorHeaders } from './request.ts';

/** The codings of bodies that are decoded, as an answer names them. */
const SUPPORTED: readonly string[] = Object.freeze(['zstd', 'gzip', 'deflate', 'br']);
/** No client compresses a body more often, and each coding costs a decoder. */
const MAX_CODINGS = 2;
/** Characters of an unknown coding that an answer repeats. */
const SHOWN_CHARS = 40;
/** The largest window of a zstd frame, as a power of two: 8 MB, which RFC 8878 recommends that decoders support. */
const ZSTD_WINDOW_LOG = 23;

/** The codings of a body, in the order in which they were applied. Throws `unsupported_media_type` for one that is unknown, and for too many. */
export function contentCodings({ 'content-encoding': header }: DoorHeaders): readonly string[] {
  if (header === undefined) return NONE;
  const sent = typeof header === 'string' ? header : header.join(', ');
  const codings = codingsOf({ headers: { 'content-encoding': sent } });
  if (codings !== undefined && codings.length <= MAX_CODINGS) return codings;
  const shown = sent.trim().slice(0, SHOWN_CHARS);
  throw new GatewayError('unsupported_media_type', {
    message: `The content-encoding '${shown}' is not supported; send the body in ${SUPPORTED.join(', ')}, in ${MAX_CODINGS} of them at most, or uncompressed.`,
  });
}

const NONE: readonly string[] = Object.freeze([]);

/** Where the bytes of a decoded body go. */
export interface DecodedBody {
  /** Gets the bytes as they are decoded. What it throws fails the body. */
  data(piece: Buffer): void;
  end(): void;
  /** Called once, in place of `end`. */
  failed(error: GatewayError): void;
}

/**
 * Decodes a body while it arrives. It decodes no further than `data` takes it: once that throws, the rest is dropped. `flow` is that of the bytes that
 * arrive, which wait while the decoder is behind. Zlib works outside the event loop.
 */
export function decodeBody(codings: readonly string[], flow: Flow, body: DecodedBody): Decoder {
  let received = 0;
  let decoded = 0;
  const fail = (error: GatewayError): void => {
    decoder.drop();
    body.failed(error);
  };
  const decoder = createDecoder(codings, {
    flow,
    receiver: {
      data(piece) {
        decoded += piece.length;
        try {
          body.data(piece);
        } catch (thrown) {
          fail(GatewayError.from(thrown));
        }
      },
      end() {
        // Zstd takes the beginning of a frame for a whole one without bytes.
        if (decoded === 0 && received > 0 && codings.includes('zstd')) fail(undecodable(codings, 'cut'));
        else body.end();
      },
    },
    failed: (problem) => fail(undecodable(codings, problem)),
    zstdWindowLog: ZSTD_WINDOW_LOG,
  });
  const { receiver } = decoder;
  return {
    ...decoder,
    receiver: {
      data(bytes) {
        received += bytes.length;
        receiver.data(bytes);
      },
      end: () => receiver.end(),
    },
  };
}

function undecodable(codings: readonly string[], problem: 'cut' | 'garbled'): GatewayError {
  const named = `content-encoding '${codings.join(', ')}'`;
  const message =
    problem === 'cut'
      ? `The body ends before its ${named} does; send it whole.`
      : `The body cannot be decoded by its ${named}.`;
  return new GatewayError('invalid_request', { message });
}
