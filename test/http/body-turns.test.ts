import { Readable } from 'node:stream';
import { expect, test } from 'vitest';
import { BodyTurns } from '../../src/http/body-turns.ts';

const MB = 1024 * 1024;
const turn = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve));
const flowing = (): Readable => new Readable({ read: () => undefined }).resume();

test('after 2 MB in a turn bodies are paused until the next one, and a body that has ended stays as it is', async () => {
  const turns = new BodyTurns();
  const [small, large, later, ended] = [flowing(), flowing(), flowing(), flowing()];
  turns.read(small, MB);
  turns.read(large, MB);
  turns.read(later, 1);
  turns.read(ended, 1);
  turns.end(ended);
  expect([small, large, later, ended].map((each) => each.isPaused())).toEqual([false, true, true, true]);
  await turn();
  expect([small, large, later, ended].map((each) => each.isPaused())).toEqual([false, false, false, true]);
});

test('the bytes of earlier turns do not count', async () => {
  const turns = new BodyTurns();
  const body = flowing();
  for (let n = 0; n < 5; n++) {
    turns.read(body, 2 * MB - 1);
    expect(body.isPaused()).toBe(false);
    await turn();
  }
});
