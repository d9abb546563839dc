import { enableCompileCache, flushCompileCache, setSourceMapsSupport } from 'node:module';
import { afterAll } from 'vitest';
import { COMPILED } from './compiled.ts';

// Vitest turns source maps on, with which the stack of each error is expensive. Node strips types and moves no code, so there is nothing to map.
setSourceMapsSupport(false);
// The workers share the compile cache with the processes that tests start. The threads of SQLite stores take it over from their process.
enableCompileCache(process.env[COMPILED]);
// A worker that Vitest ends writes nothing any more.
afterAll(() => flushCompileCache());
