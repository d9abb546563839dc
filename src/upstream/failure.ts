import { closeSync, openSync } from 'node:fs';
import { devNull } from 'node:os';
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

/**
 * Codes with which this machine refuses a connection or a lookup for lack of its own: file descriptors, memory, buffers, local addresses
 * (man 2 socket, man 2 connect, man 3 getaddrinfo). The other side had no part in it.
 */
const OWN_LIMITS: ReadonlySet<string> = new Set([
  'EMFILE',
  'ENFILE',
  'ENOMEM',
  'ENOBUFS',
  'EAGAIN',
  'EADDRNOTAVAIL',
  'EAI_MEMORY',
]);

/**
 * The code of the limit of this machine that a connection or a lookup failed at; undefined where it failed otherwise. Of several addresses
 * each must have failed so.
 */
function ownLimitOf(error: Error): string | undefined {
  if (error instanceof AggregateError && error.errors.length > 0) {
    const limits: readonly (string | undefined)[] = error.errors.map((each) =>
      each instanceof Error ? ownLimitOf(each) : undefined,
    );
    return limits.includes(undefined) ? undefined : limits[0];
  }
  if (error instanceof Unreachable && error.cause instanceof Error) return ownLimitOf(error.cause);
  const code = codeOf(error);
  if (OWN_LIMITS.has(code)) return code;
  return 'syscall' in error && error.syscall === 'getaddrinfo' ? limitOfFiles() : undefined;
}

/**
 * The code of the limit that keeps this process from opening one more file; undefined where it may. A lookup without a file descriptor for
 * its files and sockets may also report that the name does not exist (glibc, before its first lookup) or that no resolver answers. Called
 * for failed lookups only, because it blocks.
 */
function limitOfFiles(): string | undefined {
  try {
    closeSync(openSync(devNull, 'r'));
    return undefined;
  } catch (thrown) {
    const code = thrown instanceof Error ? codeOf(thrown) : '';
    return OWN_LIMITS.has(code) ? code : undefined;
  }
}

/** What had arrived of a reply when its exchange failed. */
export interface ReplyProgress {
  /** Whether any part of a reply had arrived. */
  readonly anyReply: boolean;
}

/** The failure of an exchange for an error of undici or of connecting. */
export function failureOf(error: Error, { anyReply }: ReplyProgress): TransportFailure {
  const code = codeOf(error);
  const limit = anyReply ? undefined : ownLimitOf(error);
  if (limit !== undefined)
    return { kind: 'no_resources', message: `The gateway has no resources for a connection (${limit}).`, cause: error };
  if (error instanceof Unreachable) return { kind: 'refused', message: error.message, cause: error };
  // The codes of llhttp, and heads past undici's size limit.
  const garbled = code.startsWith('HPE_') || code === 'UND_ERR_HEADERS_OVERFLOW' || error.name === 'HTTPParserError';
  if (garbled && !anyReply) return { kind: 'garbled', message: `The reply is not HTTP (${code}).`, cause: error };
  if (anyReply) return { kind: 'cut', message: `The reply broke off (${code}).`, cause: error };
  return { kind: 'refused', message: `No reply (${code}).`, cause: error };
}
