import { readFileSync } from 'node:fs';
import { isAbsolute, join } from 'node:path';
import { defineConfig, type Plugin } from 'rolldown';

/**
 * Dependencies whose code the build carries: a start reads the part of them that is used, in one file. They stay dependencies all the same,
 * for the types, and so that scanners find vulnerable versions.
 */
const CARRIED: readonly string[] = ['yaml', 'zod'];

/** Puts the licences of what is carried beside it, as they require. */
const licences: Plugin = {
  name: 'licences',
  generateBundle() {
    const texts = CARRIED.map((name) => `${name}\n\n${readFileSync(join('node_modules', name, 'LICENSE'), 'utf8')}`);
    this.emitFile({ type: 'asset', fileName: 'LICENSES.txt', source: texts.join(`\n${'-'.repeat(80)}\n\n`) });
  },
};

/** Whether what is imported stays where it is installed; the manifest is a package's own. */
function isInstalled(id: string): boolean {
  const isOurs = id.startsWith('.') || isAbsolute(id);
  return isOurs ? id.endsWith('/package.json') : !CARRIED.includes(id);
}

/**
 * The package's JavaScript, its client's apart. `config/evaluate.ts`, `config/check-in-process.ts`, `store/sqlite-thread.ts` and `observe/bodies/redact-thread.ts` look for their workers beside
 * themselves, the first also for the package one folder above, so all that is shared lies in `dist/cli`.
 */
export default defineConfig({
  input: {
    index: 'src/index.ts',
    'mount/fastify': 'src/mount/fastify.ts',
    'testing/index': 'src/testing/index.ts',
    'cli/main': 'src/cli/main.ts',
    'cli/evaluate-worker': 'src/config/evaluate-worker.ts',
    'cli/check-text-process': 'src/config/check-text-process.ts',
    'cli/sqlite-worker': 'src/store/sqlite-worker.ts',
    'cli/redact-worker': 'src/observe/bodies/redact-worker.ts',
  },
  platform: 'node',
  external: isInstalled,
  plugins: [licences],
  output: { dir: 'dist', chunkFileNames: 'cli/[name].js' },
});
