import type { Redact } from '../lib/redact.ts';

/** The head of an HTTP request, for the records. */
export interface RequestHead {
  readonly method: string;
  /** As it was sent: path and query. */
  readonly url: string;
  readonly userAgent: string | undefined;
}

/** The head of a request as records have it. */
export interface ShownHead {
  readonly method: string;
  /** Without its query. */
  readonly path: string;
  readonly userAgent: string | undefined;
}

/** Most characters of each member. */
const MAX_HEAD_CHARS = 200;
/** Redacted before it is cut: the beginning of a key may be too short to be known as one. */
const MAX_READ_CHARS = 4096;

/** Shows a head in a record. Clients choose its parts, so a key in the wrong place is redacted, and no character is special to a log. */
export function shownHead({ method, url, userAgent }: RequestHead, redact: Redact): ShownHead {
  const [path = ''] = url.split('?', 1);
  const shown = (text: string): string =>
    redact(text.slice(0, MAX_READ_CHARS))
      .replaceAll(/[^\x20-\x7e]/g, '?')
      .slice(0, MAX_HEAD_CHARS);
  return {
    method: shown(method),
    path: shown(path),
    userAgent: userAgent === undefined ? undefined : shown(userAgent),
  };
}
