// Entry point of the worker of `evaluateConfig`: imports one configuration that is a program and posts its default export, or the failure.
import { registerHooks } from 'node:module';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { parentPort, workerData } from 'node:worker_threads';
import { type PlainData, plainData } from './plain-data.ts';

const { file, self }: { readonly file: string; readonly self: string } = workerData;

// The file cannot always resolve this package by itself: not in a checkout, and not in an empty folder with npx.
registerHooks({
  resolve: (specifier, context, next) =>
    specifier === 'spillway' ? { url: self, shortCircuit: true } : next(specifier, context),
});

async function evaluate(): Promise<PlainData | { readonly failure: string }> {
  try {
    const exports: unknown = await import(pathToFileURL(file).href);
    const value: unknown =
      typeof exports === 'object' && exports !== null && 'default' in exports ? await exports.default : undefined;
    return value === undefined ? { failure: 'the program has no default export' } : plainData(value);
  } catch (error) {
    return { failure: failureOf(error) };
  }
}

/** The first line of an error's message, and where in the program it occurred if the stack contains that. */
function failureOf(error: unknown): string {
  const { message, stack = '' } = error instanceof Error ? error : { message: String(error) };
  // For a syntax error the first line of the stack is its position; for other errors the position is a URL after "at".
  const [, syntaxPosition] = /^(?!file:)(.+:\d+)$/.exec(stack.split('\n', 1)[0] ?? '') ?? [];
  const [, url, line] = /(file:\/\/[^\s)]+?):(\d+)/.exec(stack) ?? [];
  const position = syntaxPosition ?? (url === undefined ? undefined : `${fileURLToPath(url)}:${line}`);
  return `${message.trim().split('\n')[0]}${position === undefined ? '' : ` (${position})`}`;
}

// oxlint-disable-next-line unicorn/require-post-message-target-origin -- a worker's port has no origin
parentPort?.postMessage(await evaluate());
