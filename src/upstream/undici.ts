import type { buildConnector as BuildConnector, Pool as UndiciPool } from 'undici';
// @ts-expect-error -- undici's own files have no types; those of its index are theirs
import connect from 'undici/lib/core/connect.js';
// @ts-expect-error -- as above
import pool from 'undici/lib/dispatcher/pool.js';

/*
 * The two parts of undici that are used, by their own files: its index loads fetch, WebSockets, caches and mocks too, which takes longer than
 * all the rest of it and 13 MB. The version is pinned, and a test holds these files to what the index exports.
 */

/** The connections to one origin. */
export const Pool: typeof UndiciPool = pool;

/** Makes what opens sockets, plain and with TLS. */
export const makeConnector: typeof BuildConnector = connect;
