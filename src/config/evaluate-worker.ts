// Runs in a worker of its own: reads one configuration that is a program, says what it made, and is gone with all that it loaded.
import { registerHooks } from 'node:module';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { parentPort, workerData } from 'node:worker_threads';
import { type PlainData, plainData } from './plain-data.ts';

const { file, self }: { readonly file: string; readonly self: string } = workerData;

// The package is not always where the file would find it: not in a checkout, nor by npx in an empty folder.
registerHooks({
  resolve: (specifier, context, next) =>
    specifier === 'spillway' ? { url: self, shortCircuit: true } : next(specifier, context),
});

async function evaluated(): Promise<PlainData | { readonly failure: string }> {
  try {
    const made: unknown = await import(pathToFileURL(file).href);
    const value: unknown =
      typeof made === 'object' && made !== null && 'default' in made ? await made.default : undefined;
    return value === undefined ? { failure: 'it has no default export' } : plainData(value);
  } catch (error) {
    const { message, stack = '' } = error instanceof Error ? error : { message: String(error) };
    // A place in the text stands alone in the first line, that of a throw as a URL behind "at".
    const [, inText] = /^(?!file:)(.+:\d+)$/.exec(stack.split('\n', 1)[0] ?? '') ?? [];
    const [, url, line] = /(file:\/\/[^\s)]+?):(\d+)/.exec(stack) ?? [];
    const place = inText ?? (url === undefined ? undefined : `${fileURLToPath(url)}:${line}`);
    const where = place === undefined ? '' : ` (${place})`;
    return { failure: `${message.trim().split('\n')[0]}${where}` };
  }
}

// oxlint-disable-next-line unicorn/require-post-message-target-origin -- a worker's port has no origin
parentPort?.postMessage(await evaluated());
