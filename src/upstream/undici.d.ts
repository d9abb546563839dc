// The two parts of undici that are used, by their own files: its index loads fetch, WebSockets, caches and mocks too, which is half of what
// all dependencies take of the start and 13 MB. The version is pinned, and a test holds the files to what the index exports.
declare module 'undici/lib/dispatcher/pool.js' {
  import { Pool } from 'undici';
  export default Pool;
}

declare module 'undici/lib/core/connect.js' {
  import { buildConnector } from 'undici';
  export default buildConnector;
}
