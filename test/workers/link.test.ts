import { expect, test } from 'vitest';
import { createLink } from '../../src/workers/link.ts';
import { portPair } from './port-pair.ts';

type Remote = {
  readonly double: (value: number) => Promise<number>;
  readonly fail: (nothing: undefined) => Promise<never>;
  readonly note: (text: string) => void;
  readonly hang: (nothing: undefined) => Promise<never>;
  readonly missing: (nothing: undefined) => void;
};

function linked() {
  const ports = portPair();
  const notes: string[] = [];
  createLink(ports.other, {
    double: async (value: number) => value * 2,
    fail: () => {
      throw new Error('it does not work');
    },
    note: (text: string) => void notes.push(text),
    hang: () => new Promise<never>(() => undefined),
  });
  return { ...ports, notes, link: createLink<Remote>(ports.one, {}) };
}

test('calls of one step go in one message, in their order, and each gets its own answer', async () => {
  const { link, posted, notes } = linked();
  link.notify('note', 'first');
  const answers = Array.from({ length: 64 }, (_, index) => link.call('double', index));
  link.notify('note', 'last');
  expect(await Promise.all(answers)).toEqual(Array.from({ length: 64 }, (_, index) => index * 2));
  expect([posted(), notes]).toEqual([1, ['first', 'last']]);
  await link.call('double', 1);
  expect(posted()).toBe(2);
});

test('a call rejects with the message of what the procedure throws, and where there is no such procedure', async () => {
  const { link } = linked();
  await expect(link.call('fail', undefined)).rejects.toThrow('it does not work');
  await expect(link.call('missing', undefined)).rejects.toThrow('There is no procedure missing.');
});

test('calls that wait reject when the channel closes, and later ones at once', async () => {
  const { link, close } = linked();
  const waiting = link.call('hang', undefined);
  setImmediate(close);
  await expect(waiting).rejects.toThrow('The other process is gone.');
  await expect(link.call('double', 1)).rejects.toThrow('The other process is gone.');
  link.notify('note', 'nothing happens');
});
