import { expect, test } from 'vitest';
import { abortCode, openAbortScope } from '../../src/lib/abort.ts';
import { putBounded } from '../../src/lib/bounded-map.ts';
import { systemClock } from '../../src/lib/clock.ts';
import { createNewRequestId, newRequestId } from '../../src/lib/ids.ts';
import { nearest } from '../../src/lib/nearest.ts';
import { fieldsOf, isRecord, memberOf } from '../../src/lib/record.ts';
import { createRedact } from '../../src/lib/redact.ts';
import { startWatchdog } from '../../src/lib/watchdog.ts';
import { fakeClock } from '../helpers/clock.ts';
import { cpuTime } from '../helpers/cpu-time.ts';

test('an abort propagates down with its first reason and never up', () => {
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

test('a disposed scope is not aborted with its parent', () => {
  const parent = openAbortScope();
  const child = openAbortScope(parent.signal);
  child[Symbol.dispose]();
  parent.abort('shutdown');
  expect(child.signal.aborted).toBe(false);
});

test('a watchdog fires once when it is not fed, never while paused, and no timer remains', () => {
  const clock = fakeClock();
  let timeouts = 0;
  const watchdog = startWatchdog(clock, 100, () => timeouts++);
  clock.advance(90);
  watchdog.feed();
  clock.advance(90);
  expect(timeouts).toBe(0);
  watchdog.pause();
  clock.advance(1000);
  expect(timeouts).toBe(0);
  watchdog.resume();
  clock.advance(99);
  expect(timeouts).toBe(0);
  clock.advance(1);
  clock.advance(1000);
  expect(timeouts).toBe(1);
  using _ = startWatchdog(clock, 100, () => timeouts++);
  watchdog[Symbol.dispose]();
  expect(clock.waiting()).toBe(1);
});

test('a disposed watchdog never fires, even when its reader resumes after the end', () => {
  const clock = fakeClock();
  const watchdog = startWatchdog(clock, 100, () => expect.unreachable());
  watchdog[Symbol.dispose]();
  watchdog.pause();
  watchdog.resume();
  expect(clock.waiting()).toBe(0);
  clock.advance(1000);
});

test('the most similar word is found, and none when no word is similar', () => {
  expect(nearest('enries', ['entries', 'deadline'])).toBe('entries');
  expect(nearest('xyz', ['entries', 'deadline'])).toBeUndefined();
});

test('secrets, their beginnings and texts that look like one are replaced, other words stay', () => {
  const redact = createRedact(['my-secret-key-123456', 'short']);
  expect(redact('key my-secret-key-123456 and my-secret-... end')).toBe(
    'key *** and ***.. end'.replace('***..', '***...'),
  );
  expect(redact('Authorization: Bearer abc.def, api_key=xyz&x sk-abcdefghij0123456789')).toBe(
    'Authorization: Bearer ***, api_key=***&x ***',
  );
  expect(redact('it shortens a short-lived and shortened tale')).toBe('it shortens a short-lived and shortened tale');
});

test('a secret of 4 to 7 characters is replaced where it stands alone, a shorter one never', () => {
  const redact = createRedact(['pass1', 'abc', 'pass1/and-more-of-it']);
  expect(redact('key pass1, "pass1" (pass1). %22pass1%22 \\npass1')).toBe('key ***, "***" (***). %22***%22 \\n***');
  expect(redact('pass12 bypass1 abc pass1-x')).toBe('pass12 bypass1 abc pass1-x');
  expect(redact('no pass1/and-more-of-it')).toBe('no ***');
});

test('secrets are found in the escapes of JSON and of URIs, cut ones too', () => {
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

test('a secret that repeats its start is replaced once, and the text behind it stays', () => {
  expect(createRedact(['x-x-x-x-x-x-x-x-y'])('no x-x-x-x-x-x-x-x-y, x-x-x-x-x.')).toBe('no ***, ***.');
});

test('redaction is linear in the text', () => {
  const redact = createRedact(['aaaaaaaaab', `${'x-'.repeat(5000)}y`, 'aaaa']);
  const text = `${'aaaaaaaa'.repeat(50_000)}${'%61'.repeat(100_000)}${'x-'.repeat(100_000)}`;
  const before = cpuTime();
  expect(redact(text).match(/\*\*\*/g)).not.toBeNull();
  // Linear redaction takes milliseconds, quadratic redaction minutes.
  expect(cpuTime() - before).toBeLessThan(10_000);
});

test('only own members of objects are read, and other values have none', () => {
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

test('a step of the wall clock, either way, does not change the gateway’s time', () => {
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

test('every request id is unique, across all random bytes that are drawn at once', () => {
  const ids = Array.from({ length: 2000 }, newRequestId);
  expect(new Set(ids).size).toBe(2000);
  expect(ids.filter((id) => !/^req_[\da-f]{32}$/.test(id))).toEqual([]);
});

test('request ids begin with the time, so that they sort by it, and end with injected random bytes', () => {
  const clock = fakeClock(0x0123_4567_89ab);
  const newId = createNewRequestId(clock, (bytes) => bytes.fill(0xcd));
  const first = newId();
  expect(first).toBe(`req_0123456789ab${'cd'.repeat(10)}`);
  clock.advance(1);
  expect(newId() > first).toBe(true);
  expect(createNewRequestId(fakeClock(1.9), (bytes) => bytes.fill(0))()).toBe(`req_000000000001${'00'.repeat(10)}`);
});

test('a bounded map removes the entry that was set longest ago', () => {
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
