/** Skips what precedes the content of a body. */
export interface LeadIn {
  /** The bytes from the first of the content on; empty while there is none. Once there is content, all bytes are. */
  skip(bytes: Buffer): Buffer;
}

const LF = 0x0a;
const CR = 0x0d;
const COLON = 0x3a;
const SLASH = 0x2f;
const STAR = 0x2a;
const EMPTY = Buffer.alloc(0);
const ONE_SLASH = Buffer.from('/');
/** JSON's white space and the bytes of a byte order mark. */
const INSIGNIFICANT: ReadonlySet<number> = new Set([0x20, LF, CR, 0x09, 0xef, 0xbb, 0xbf]);

type State = 'blank' | 'slash' | 'line' | 'block' | 'star' | 'content';

/**
 * Makes a lead-in that has seen nothing. It skips white space, a byte order mark, JavaScript's comments, and the comment lines of event
 * streams, which OpenRouter also sends before JSON (`: OPENROUTER PROCESSING`). Holds no bytes, however long the lead-in is.
 */
export function createLeadIn(): LeadIn {
  let state: State = 'blank';

  function after(byte: number): State {
    switch (state) {
      case 'blank':
        if (INSIGNIFICANT.has(byte)) return 'blank';
        return byte === COLON ? 'line' : byte === SLASH ? 'slash' : 'content';
      case 'slash':
        return byte === SLASH ? 'line' : byte === STAR ? 'block' : 'content';
      case 'line':
        return byte === LF || byte === CR ? 'blank' : 'line';
      case 'block':
        return byte === STAR ? 'star' : 'block';
      case 'star':
        return byte === SLASH ? 'blank' : byte === STAR ? 'star' : 'block';
      case 'content':
        return 'content';
    }
  }

  return {
    skip(bytes) {
      if (state === 'content') return bytes;
      // Most bodies have none.
      if (state === 'blank' && bytes.length > 0 && after(bytes[0] ?? 0) === 'content') {
        state = 'content';
        return bytes;
      }
      // An iterator takes ten times as long, and a lead-in may be as long as its sender likes.
      for (let at = 0; at < bytes.length; at++) {
        const before: State = state;
        state = after(bytes[at] ?? 0);
        if (state !== 'content') continue;
        // A slash that began no comment belongs to the content, and may be the last byte of an earlier read.
        return before === 'slash' ? Buffer.concat([ONE_SLASH, bytes.subarray(at)]) : bytes.subarray(at);
      }
      return EMPTY;
    },
  };
}
