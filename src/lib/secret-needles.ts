import type { Needle } from './secret-pieces.ts';

/** Shorter pieces of a secret would match ordinary words, and shorter secrets would too unless they stand alone. In characters and in bytes. */
export const SHORTEST_START = 8;
/** A piece without the start of its secret counts from this length, or from half of the secret. */
const SHORTEST_PIECE = 12;
/** Shorter secrets are not found in encodings that leave no letter as it is, in bytes. */
export const SHORTEST_ENCODED = 6;
/** Characters that are looked up at once, for each form of a secret: no piece that counts is shorter. */
export const GRAM = { plain: 8, base64: 7, hex: 12 } as const;

/** Length from which a piece of a secret of this length counts, wherever it is in the secret. */
function shortestPieceOf(length: number): number {
  return Math.min(SHORTEST_PIECE, Math.max(SHORTEST_START, Math.ceil(length / 2)));
}

/** A secret as it is, of 8 characters at least. */
export function plainNeedle(secret: string): Needle {
  return {
    text: secret,
    shortestStart: SHORTEST_START,
    exactStart: true,
    shortestPiece: shortestPieceOf(secret.length),
    // Digits, or capitals behind small letters.
    isTelling: (piece) => /\d|[a-z][A-Z]/.test(piece),
  };
}

/** A secret in hexadecimal digits, of 6 bytes at least. */
export function hexNeedle(secret: Buffer): Needle {
  return encodedNeedle(secret.toString('hex'), secret.length, (bytes) => 2 * bytes);
}

/** A secret in base64, of 6 bytes at least: behind 0, 1 and 2 other bytes, without the characters that it shares with its neighbours. */
export function base64Needles(secret: Buffer): Needle[] {
  return [0, 1, 2].map((before) => {
    const text = Buffer.concat([Buffer.alloc(before), secret])
      .toString('base64')
      .slice(Math.ceil((before * 8) / 6), Math.floor(((before + secret.length) * 8) / 6));
    // Of so many bytes at any place, up to five bits are in shared characters at each end.
    return encodedNeedle(text, secret.length, (bytes) => Math.floor((bytes * 8 - 4) / 6));
  });
}

function encodedNeedle(text: string, bytes: number, lengthOf: (bytes: number) => number): Needle {
  const isShort = bytes < SHORTEST_START;
  return {
    text,
    shortestStart: isShort ? text.length : lengthOf(SHORTEST_START),
    exactStart: false,
    shortestPiece: isShort ? text.length : lengthOf(shortestPieceOf(bytes)),
    isTelling: () => true,
  };
}
