const BYTES = 4;
/** All bits of a float's exponent: the float is an infinity or no number. */
const EXPONENT = 0x7f800000;

/**
 * The number of floats in a base64 text of little-endian float32, the form in which OpenAI's API sends vectors
 * (https://platform.openai.com/docs/api-reference/embeddings/create). Undefined for a text that is no whole, padded base64, holds no whole
 * floats or none at all, or holds a float that is not finite.
 */
export function dimensionsOf(text: string): number | undefined {
  const bytes = bytesOf(text);
  if (bytes === undefined) return undefined;
  const view = viewOf(bytes);
  for (let at = 0; at < bytes.length; at += BYTES)
    if ((view.getUint32(at, true) & EXPONENT) === EXPONENT) return undefined;
  return bytes.length / BYTES;
}

/** The numbers of a base64 text for which `dimensionsOf` gives a number. */
export function decodeVector(text: string): readonly number[] {
  const view = viewOf(bytesOf(text) ?? Buffer.alloc(0));
  const vector: number[] = [];
  for (let at = 0; at < view.byteLength; at += BYTES) vector.push(view.getFloat32(at, true));
  return vector;
}

/** Numbers as base64 of little-endian float32. Each must be finite as a float32. */
export function encodeVector(vector: readonly number[]): string {
  const bytes = Buffer.allocUnsafe(vector.length * BYTES);
  const view = viewOf(bytes);
  let at = 0;
  for (const number of vector) {
    view.setFloat32(at, number, true);
    at += BYTES;
  }
  return bytes.toString('base64');
}

/** In a large answer, a view is several times faster than the methods of a buffer. */
function viewOf({ buffer, byteOffset, length }: Buffer): DataView {
  return new DataView(buffer, byteOffset, length);
}

/** The bytes of a base64 text; undefined where they are not a whole number of floats. Node skips characters that are not base64. */
function bytesOf(text: string): Buffer | undefined {
  if (text === '' || text.length % 4 !== 0 || text.includes('-') || text.includes('_')) return undefined;
  const padding = text.endsWith('==') ? 2 : text.endsWith('=') ? 1 : 0;
  const length = (text.length / 4) * 3 - padding;
  const bytes = Buffer.from(text, 'base64');
  return bytes.length === length && length % BYTES === 0 ? bytes : undefined;
}
