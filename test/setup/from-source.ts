// Preloaded by `node --import`: resolves the package's own names to its sources, so that examples run in a checkout without a build.
// `paths` in tsconfig.json does the same for the compiler. The published package needs neither.
import { registerHooks } from 'node:module';

const SOURCES: Readonly<Record<string, string>> = Object.freeze({
  spillway: '../../src/index.ts',
  'spillway/client': '../../client/index.ts',
  'spillway/ai': '../../client/ai.ts',
  'spillway/fastify': '../../src/mount/fastify.ts',
  'spillway/testing': '../../src/testing/index.ts',
});

registerHooks({
  resolve(specifier, context, next) {
    const source = Object.hasOwn(SOURCES, specifier) ? SOURCES[specifier] : undefined;
    if (source === undefined) return next(specifier, context);
    return { url: new URL(source, import.meta.url).href, shortCircuit: true };
  },
});
