import { expect, test } from 'vitest';
import { abortCode, openAbortScope } from '../../src/lib/abort.ts';
import { putBounded } from '../../src/lib/bounded-map.ts';
import { systemClock } from '../../src/lib/clock.ts';
import { newRequestId } from '../../src/lib/ids.ts';
import { nearest } from '../../src/lib/nearest.ts';
import { fieldsOf, isRecord, memberOf } from '../../src/lib/record.ts';
import { createRedact } from '../../src/lib/redact.ts';
import { startWatchdog } from '../../src/lib/watchdog.ts';
import { fakeClock } from '../helpers/clock.ts';

test('an abort travels down with its first reason and never up', () => {
  using parent = openAbortScope();
  using child = openAbortScope(parent.signal, new AbortController().signal);
  using late = openAbortScope(child.signal);
  child.abort('idle_timeout');
  parent.abort('client_closed');
  expect([parent, child, late].map(({ signal }) => abortCode(signal))).toEqual([
    'client_closed',
    'idle_timeout',
    'idle_timeout',
  ]);
  expect(openAbortScope(parent.signal).signal.aborted).toBe(true);
});

test('a disposed scope hears nothing more of its parent', () => {
  const parent = openAbortScope();
  const child = openAbortScope(parent.signal);
  child[Symbol.dispose]();
  parent.abort('shutdown');
  expect(child.signal.aborted).toBe(false);
});

test('a watchdog barks once when it was not fed, is quiet while paused, and leaves no timer behind', () => {
  const clock = fakeClock();
  let barks = 0;
  const dog = startWatchdog(clock, 100, () => barks++);
  clock.advance(90);
  dog.feed();
  clock.advance(90);
  expect(barks).toBe(0);
  dog.pause();
  clock.advance(1000);
  expect(barks).toBe(0);
  dog.resume();
  clock.advance(99);
  expect(barks).toBe(0);
  clock.advance(1);
  clock.advance(1000);
  expect(barks).toBe(1);
  using _ = startWatchdog(clock, 100, () => barks++);
  dog[Symbol.dispose]();
  expect(clock.waiting()).toBe(1);
});

test('a watchdog that was sent home stays there, though a reader goes on after the end', () => {
  const clock = fakeClock();
  const dog = startWatchdog(clock, 100, () => expect.unreachable());
  dog[Symbol.dispose]();
  dog.pause();
  dog.resume();
  expect(clock.waiting()).toBe(0);
  clock.advance(1000);
});

test('the nearest word is found, and none where none is near', () => {
  expect(nearest('enries', ['entries', 'deadline'])).toBe('entries');
  expect(nearest('xyz', ['entries', 'deadline'])).toBeUndefined();
});

test('secrets, their beginnings and what looks like one are taken out, words stay', () => {
  const redact = createRedact(['my-secret-key-123456', 'short']);
  expect(redact('key my-secret-key-123456 and my-secret-... end')).toBe(
    'key *** and ***.. end'.replace('***..', '***...'),
  );
  expect(redact('Authorization: Bearer abc.def, api_key=xyz&x sk-abcdefghij0123456789')).toBe(
    'Authorization: Bearer ***, api_key=***&x ***',
  );
  expect(redact('it shortens a short-lived and shortened tale')).toBe('it shortens a short-lived and shortened tale');
});

test('a short secret is taken out where it stands alone, one that is no longer than a syllable never', () => {
  const redact = createRedact(['pass1', 'abc', 'pass1/and-more-of-it']);
  expect(redact('key pass1, "pass1" (pass1). %22pass1%22 \\npass1')).toBe('key ***, "***" (***). %22***%22 \\n***');
  expect(redact('pass12 bypass1 abc pass1-x')).toBe('pass12 bypass1 abc pass1-x');
  expect(redact('no pass1/and-more-of-it')).toBe('no ***');
});

test('secrets are known in the escapes of JSON and of URIs, cut ones too', () => {
  const redact = createRedact(['my-secret/key-12345', 'a-b+c']);
  for (const spelled of [
    String.raw`my\u002dsecret\/key\u002D12345`,
    'my%2Dsecret%2fkey-12345',
    String.raw`\u006d\u0079-secret/key-12345`,
    'my-secret/key%2d12345',
  ])
    expect(redact(`no ${spelled}!`)).toBe('no ***!');
  expect(redact('no my%2Dsecret%2F... and a%2Db%2Bc')).toBe('no ***... and ***');
  expect(redact('no my%2Dse%')).toBe('no my%2Dse%');
});

test('a secret that repeats its start is one, and what follows it stays', () => {
  expect(createRedact(['x-x-x-x-x-x-x-x-y'])('no x-x-x-x-x-x-x-x-y, x-x-x-x-x.')).toBe('no ***, ***.');
});

test('redaction is linear in the text', () => {
  const redact = createRedact(['aaaaaaaaab', `${'x-'.repeat(5000)}y`, 'aaaa']);
  const text = `${'aaaaaaaa'.repeat(50_000)}${'%61'.repeat(100_000)}${'x-'.repeat(100_000)}`;
  const before = performance.now();
  expect(redact(text).match(/\*\*\*/g)).not.toBeNull();
  // Linear is a matter of milliseconds, and its square one of minutes.
  expect(performance.now() - before).toBeLessThan(10_000);
});

test('only an object’s own members are read, and nothing that is none has any', () => {
  const sent: unknown = JSON.parse('{"model":"m","__proto__":{"stream":true}}');
  expect([memberOf(sent, 'model'), memberOf(sent, 'stream'), memberOf(sent, 'toString')]).toEqual([
    'm',
    undefined,
    undefined,
  ]);
  for (const value of [null, undefined, 'text', ['m']]) {
    expect([isRecord(value), memberOf(value, 'length')]).toEqual([false, undefined]);
    expect(fieldsOf(value)).toEqual({});
  }
  expect(fieldsOf(sent)).toBe(sent);
});

test('a step of the wall clock, either way, moves no time of ours', () => {
  const real = Date.now;
  const before = systemClock.now();
  try {
    for (const step of [-3_600_000, 3_600_000]) {
      Date.now = () => real() + step;
      expect(Math.abs(systemClock.now() - before)).toBeLessThan(60_000);
    }
  } finally {
    Date.now = real;
  }
});

test('every request has an id of its own, however many there are', () => {
  const ids = Array.from({ length: 2000 }, newRequestId);
  expect(new Set(ids).size).toBe(2000);
  expect(ids.filter((id) => !/^req_[\da-f]{32}$/.test(id))).toEqual([]);
});

test('a bounded map gives up who was put in longest ago', () => {
  const map = new Map<number, string>();
  for (const key of [1, 2, 3, 4]) putBounded(map, [key, 'first'], 4);
  putBounded(map, [1, 'again'], 4);
  putBounded(map, [5, 'first'], 4);
  expect([...map]).toEqual([
    [3, 'first'],
    [4, 'first'],
    [1, 'again'],
    [5, 'first'],
  ]);
});
