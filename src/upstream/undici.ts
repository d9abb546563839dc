import type { buildConnector as BuildConnector, Pool as UndiciPool } from 'undici';
// @ts-expect-error -- undici's inner files have no types; the types of its index apply
import connect from 'undici/lib/core/connect.js';
// @ts-expect-error -- as above
import symbols from 'undici/lib/core/symbols.js';
// @ts-expect-error -- as above
import pool from 'undici/lib/dispatcher/pool.js';

/*
 * The parts of undici in use, imported from their own files: its index also loads fetch, WebSockets, caches and mocks, which costs 13 MB
 * and more time than all the rest. The version is pinned, and tests compare these files with the exports of the index and with its behaviour.
 */

/** The connections to one origin. */
export const Pool: typeof UndiciPool = pool;

/** Makes the connector that opens sockets, plain and with TLS. */
export const makeConnector: typeof BuildConnector = connect;

const { kParser }: { readonly kParser: symbol } = symbols;

/** The part of undici's parser of one connection that is used here. */
interface Parser {
  onHeadersComplete(status: number, ...more: readonly [upgrade: boolean, keepAlive: boolean]): number;
}

/**
 * Makes a connection skip `100 Continue` before a reply, as RFC 9110 (15.2) requires of heads that were not requested: undici takes every
 * other informational head for what it is, and breaks the connection at this one. Call it when the connection has got its parser. The head
 * is reported to the exchange like any other informational one. Costs one comparison per head; no byte is read twice.
 */
export function skipContinue(socket: object): void {
  const parser: Parser | null | undefined = Reflect.get(socket, kParser);
  // A connection that was closed at once has none.
  if (parser) parser.onHeadersComplete = onHeadersComplete;
}

function onHeadersComplete(this: Parser, status: number, ...more: readonly [boolean, boolean]): number {
  const prototype: Parser = Object.getPrototypeOf(this);
  return prototype.onHeadersComplete.call(this, status === CONTINUE ? PROCESSING : status, ...more);
}

const CONTINUE = 100;
/** The informational status that asks for nothing. */
const PROCESSING = 102;
