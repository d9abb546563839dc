/** Calls back for the offsets at which one of the indexed strings may begin. */
export type StringFilter = (text: string, onCandidate: (at: number) => void) => void;

/** Any odd number that spreads characters over all bits. */
const FACTOR = 0x01000193;
/** Marks for each string: about one in so many other places of a text is looked up in vain. */
const MARKS_PER_STRING = 16;

/** Makes a filter by a rolling hash of strings, one at least and all of this length: most places of a text need no look-up. */
export function createStringFilter(strings: readonly string[], length: number): StringFilter {
  const size = 2 ** Math.ceil(Math.log2(strings.length * MARKS_PER_STRING));
  const marks = new Uint8Array(size);
  let weight = 1;
  for (let n = 1; n < length; n++) weight = Math.imul(weight, FACTOR);
  const placeOf = (hash: number): number => (hash ^ (hash >>> 15)) & (size - 1);
  for (const text of strings) {
    let hash = 0;
    for (let at = 0; at < length; at++) hash = (Math.imul(hash, FACTOR) + text.charCodeAt(at)) | 0;
    marks[placeOf(hash)] = 1;
  }
  return (text, onCandidate) => {
    let hash = 0;
    for (let at = 0; at < text.length; at++) {
      if (at >= length) hash = (hash - Math.imul(text.charCodeAt(at - length), weight)) | 0;
      hash = (Math.imul(hash, FACTOR) + text.charCodeAt(at)) | 0;
      if (at >= length - 1 && marks[placeOf(hash)] === 1) onCandidate(at - length + 1);
    }
  };
}
