import type { buildConnector as BuildConnector, Pool as UndiciPool } from 'undici';
// @ts-expect-error -- undici's inner files have no types; the types of its index apply
import connect from 'undici/lib/core/connect.js';
// @ts-expect-error -- as above
import pool from 'undici/lib/dispatcher/pool.js';

/*
 * The two parts of undici in use, imported from their own files: its index also loads fetch, WebSockets, caches and mocks, which costs 13 MB
 * and more time than all the rest. The version is pinned, and a test compares these files with the exports of the index.
 */

/** The connections to one origin. */
export const Pool: typeof UndiciPool = pool;

/** Makes the connector that opens sockets, plain and with TLS. */
export const makeConnector: typeof BuildConnector = connect;
