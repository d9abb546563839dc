import { afterAll, beforeAll, expect } from 'vitest';

const EVENTS = ['uncaughtException', 'unhandledRejection', 'warning', 'SIGTERM', 'SIGINT', 'SIGHUP'];
const GLOBALS = [
  'fetch',
  'FormData',
  'setTimeout',
  'setImmediate',
  'Date',
  'AbortController',
  'AbortSignal',
  'Request',
  'Response',
];

/** What a test file may change of its process. The files of a project share a worker, so the next file would run with it. */
const stateOf = () => ({
  environment: { ...process.env },
  folder: process.cwd(),
  listeners: EVENTS.map((name) => [name, process.listenerCount(name)]),
  globals: Object.getOwnPropertyNames(globalThis),
});
const globalsOf = (): unknown[] => GLOBALS.map((name) => Reflect.get(globalThis, name) as unknown);

let before: ReturnType<typeof stateOf>;
let globals: unknown[];

beforeAll(() => {
  before = stateOf();
  globals = globalsOf();
});

afterAll(() => {
  expect(stateOf(), 'the file left something in the process').toEqual(before);
  const changed = globalsOf();
  expect(
    GLOBALS.filter((_, index) => globals[index] !== changed[index]),
    'the file replaced globals',
  ).toEqual([]);
});
