import { createServer } from 'node:http';
import { getEventListeners } from 'node:events';
import { expect, test } from 'vitest';
import { postJson } from '../../src/observe/post-json.ts';
import { closing, listenOnLoopback } from '../helpers/listen.ts';

/** How many signals a signal keeps that were made from it. Node has them in a set, which is a member of the signal. */
function keptBy(signal: AbortSignal): number {
  const name = Object.getOwnPropertySymbols(signal).find(({ description }) => description === 'kDependantSignals');
  return name === undefined ? 0 : (Reflect.get(signal, name) as ReadonlySet<unknown>).size;
}

test('a post leaves nothing at a signal that outlives it', async () => {
  const server = createServer((request, response) => void request.resume().on('end', () => response.end()));
  using _closing = closing(server);
  const url = `http://127.0.0.1:${await listenOnLoopback(server)}/`;
  const { signal } = new AbortController();
  for (let n = 0; n < 3; n++)
    expect(await postJson({ url, signal, body: [Buffer.from('{}')] })).toMatchObject({ status: 200 });
  expect(keptBy(signal)).toBe(0);
  expect(getEventListeners(signal, 'abort')).toEqual([]);
  // So that this test fails where Node keeps them elsewhere.
  AbortSignal.any([signal]);
  expect(keptBy(signal)).toBe(1);
});
