import type { Codec, Encoded } from '../../src/dialects/codec.ts';

/** The request that a codec encodes; throws where the target is unsuited. */
export function encodedBy(codec: Codec, ...[call, target, options]: Parameters<Codec['encode']>): Encoded {
  const encoded = codec.encode(call, target, options);
  if ('unsuited' in encoded) throw new Error(encoded.unsuited);
  return encoded;
}
