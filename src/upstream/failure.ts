import type { TransportFailure } from './transport.ts';
import { Unreachable } from './unreachable.ts';

/** An error's code, or its name when it has none. */
export function codeOf(error: Error): string {
  return 'code' in error && typeof error.code === 'string' ? error.code : error.name;
}

/** Whether the other side closed or reset the connection. */
export function isReset(error: Error): boolean {
  return codeOf(error) === 'ECONNRESET' || codeOf(error) === 'UND_ERR_SOCKET' || codeOf(error) === 'EPIPE';
}

/** What had arrived of a reply when its exchange failed. */
export interface ReplyProgress {
  /** Whether any part of a reply had arrived. */
  readonly anyReply: boolean;
}

/** The failure of an exchange for an error of undici or of connecting. */
export function failureOf(error: Error, { anyReply }: ReplyProgress): TransportFailure {
  const code = codeOf(error);
  if (error instanceof Unreachable) return { kind: 'refused', message: error.message, cause: error };
  // The codes of llhttp, and heads past undici's size limit.
  const garbled = code.startsWith('HPE_') || code === 'UND_ERR_HEADERS_OVERFLOW' || error.name === 'HTTPParserError';
  if (garbled && !anyReply) return { kind: 'garbled', message: `The reply is not HTTP (${code}).`, cause: error };
  if (anyReply) return { kind: 'cut', message: `The reply broke off (${code}).`, cause: error };
  return { kind: 'refused', message: `No reply (${code}).`, cause: error };
}
