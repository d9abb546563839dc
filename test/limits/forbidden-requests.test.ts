import { expect, test } from 'vitest';
import { createForbiddenRequests } from '../../src/limits/forbidden-requests.ts';
import { callOf } from '../helpers/call.ts';

const callWith = (content: string) => callOf({ input: { messages: [{ role: 'user', content }] } });

test('five different forbidden requests within ten minutes take the account out of service', () => {
  const forbidden = createForbiddenRequests();
  const records = Array.from({ length: 5 }, (_, n) => forbidden.record('a', callWith(`${n}`), n * 150_000));
  expect(records).toEqual([false, false, false, false, true]);
  expect(forbidden.record('a', callWith('6'), 600_001)).toBe(false);
});

test.each([
  ['the same request', (n: number) => ({ account: 'a', text: 'same', at: n })],
  ['requests over a longer time', (n: number) => ({ account: 'a', text: `${n}`, at: n * 150_001 })],
  ['requests of several accounts', (n: number) => ({ account: `${n % 2}`, text: `${n}`, at: n })],
])('%s do not', (_, of) => {
  const forbidden = createForbiddenRequests();
  const records = Array.from({ length: 5 }, (_, n) => {
    const { account, text, at } = of(n);
    return forbidden.record(account, callWith(text), at);
  });
  expect(records).not.toContain(true);
});

test('an answer between starts the count again', () => {
  const forbidden = createForbiddenRequests();
  for (let n = 0; n < 4; n++) forbidden.record('a', callWith(`${n}`), n);
  forbidden.recordAnswer('a');
  expect(forbidden.record('a', callWith('4'), 4)).toBe(false);
});
