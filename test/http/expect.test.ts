import { connect } from 'node:net';
import { describe, expect, test } from 'vitest';
import { chatCompletion } from '../../src/testing/index.ts';
import { exchange } from '../helpers/exchange.ts';
import { type RigOptions, startRig } from '../helpers/gateway.ts';
import { HELLO } from '../helpers/hello.ts';

const BODY = JSON.stringify(HELLO);
const KEY = 'spillway-key-one';
const OPTIONS: RigOptions = { bodyLimit: 2000, config: { auth: { keys: [{ name: 'ci', key: KEY }] } } };
const RIGHT: Readonly<Record<string, string>> = {
  host: 'localhost',
  authorization: `Bearer ${KEY}`,
  'content-type': 'application/json',
  expect: '100-continue',
  'content-length': String(BODY.length),
  connection: 'close',
};
const PATHS = ['/v1/chat/completions', '/trpc/chat.completions.create', '/trpc/chat.completions.create?batch=1'];

function headOf(path: string, changed: Readonly<Record<string, string>> = {}, version = '1.1'): string {
  const lines = Object.entries({ ...RIGHT, ...changed }).map(([name, value]) => `${name}: ${value}\r\n`);
  return `POST ${path} HTTP/${version}\r\n${lines.join('')}\r\n`;
}

describe.each(PATHS)('HE-06 %s', (path) => {
  test.each([
    ['a wrong key', { authorization: 'Bearer wrong' }, 401],
    ['a length past the limit', { 'content-length': '5000' }, 413],
    ['another type', { 'content-type': 'text/plain' }, 415],
    ['an unknown option', { 'x-spillway-x': '1' }, 400],
    ['another expectation', { expect: 'foo' }, 417],
  ] as const)('with %s a client that waits for 100 Continue receives the error instead', async (_, changed, status) => {
    await using rig = await startRig([chatCompletion({ content: 'x' })], OPTIONS);
    const text = await exchange(rig.url, headOf(path, changed));
    expect(text).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
    expect(rig.upstreams[0]?.hits).toEqual([]);
  });

  test('a client that waits receives 100 Continue before its body is read', async () => {
    await using rig = await startRig([chatCompletion({ content: 'hello' })], OPTIONS);
    const { promise, resolve } = Promise.withResolvers<string>();
    const socket = connect(Number(new URL(rig.url).port), '127.0.0.1');
    let text = '';
    const body = path.includes('batch') ? `{"0":${BODY}}` : BODY;
    socket.on('data', (piece) => {
      if (text === '') socket.write(body);
      text += piece.toString();
    });
    socket.on('close', () => resolve(text));
    socket.write(headOf(path, { 'content-length': String(body.length) }));
    expect(await promise).toMatch(/^HTTP\/1.1 100 Continue\r\n\r\nHTTP\/1.1 200 [^]*hello/);
  });
});

test('a path that does not exist is a 404 without a body', async () => {
  await using rig = await startRig([{}], OPTIONS);
  expect(await exchange(rig.url, headOf('/v1/nothing'))).toMatch(/^HTTP\/1.1 404 /);
});

test('HTTP/1.0 has no 100 Continue, and none is sent', async () => {
  await using rig = await startRig([chatCompletion({ content: 'hello' })], OPTIONS);
  expect(await exchange(rig.url, headOf(PATHS[0] ?? '', {}, '1.0') + BODY)).toMatch(/^HTTP\/1.1 200 [^]*hello/);
});
