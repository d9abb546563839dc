import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import type { Stage } from '../../src/chain/stage.ts';
import { chatStream, responder } from '../../src/testing/index.ts';
import { DOORS } from '../helpers/doors.ts';
import { post, startRig } from '../helpers/gateway.ts';
import { HELLO } from '../helpers/hello.ts';
import { rawClient, turns } from './wire.ts';

const SECRET = 'password=hunter2 at db.internal:5432';
const STAGES: Readonly<Record<string, Stage>> = {
  'throws at once': () => {
    throw new Error(SECRET);
  },
  'throws later': async () => {
    await turns(3);
    throw new TypeError(SECRET);
  },
  'throws a value that is not an error': async () => {
    // oxlint-disable-next-line typescript/only-throw-error -- a stage may throw any value
    throw { message: SECRET };
  },
  'throws after the answer': async (call, scope, next) => {
    await next(call, scope);
    throw new Error(SECRET);
  },
};

describe.each(Object.entries(DOORS))('LC-06 over %s', (_, door) => {
  test.each(Object.entries(STAGES))(
    'a stage that %s is a 500 for that request, and for no other',
    async (__, stage) => {
      let faulty = true;
      await using rig = await startRig([responder({ content: 'served' })], {
        stages: [(call, scope, next) => (faulty ? stage(call, scope, next) : next(call, scope))],
      });
      for (const way of ['create', 'stream'] as const) {
        const result = await door[way](rig, HELLO);
        expect([result.status, result.code]).toEqual([500, 'internal_error']);
        expect(result.message).not.toContain('hunter2');
      }
      expect(rig.codes()).toEqual(['internal_error', 'internal_error']);
      faulty = false;
      expect((await door.create(rig, HELLO)).code).toBe('ok');
      // Requests that a faulty stage has made do not continue.
      await rig.upstreams[0]?.until(({ hits }) =>
        hits.every(({ closedAt, endedAt }) => (closedAt ?? endedAt) !== undefined),
      );
    },
  );
});

test('the 500 has the id of its request', async () => {
  await using rig = await startRig([{}], { stages: [STAGES['throws later']!] });
  const response = await post(fetch, `${rig.url}/v1/chat/completions`, HELLO, {
    headers: { 'x-request-id': 'mine-1' },
  });
  expect([response.status, response.headers.get('x-request-id'), await response.text()]).toEqual([
    500,
    'mine-1',
    '{"error":{"message":"The gateway failed while answering.","type":"server_error","param":null,"code":"internal_error"}}',
  ]);
});

test('a listener that throws affects no request: JSON, a stream or a disconnect', async () => {
  let calls = 0;
  const warnings: Error[] = [];
  const warn = (warning: Error): void => void warnings.push(warning);
  process.on('warning', warn);
  await using rig = await startRig([chatStream({ content: 'some words here', delay: 5 })], {
    onEvent() {
      calls++;
      throw new Error(SECRET);
    },
  });
  const stream = await post(fetch, `${rig.url}/v1/chat/completions`, { ...HELLO, stream: true });
  expect((await stream.text()).endsWith('data: [DONE]\n\n')).toBe(true);
  const client = rawClient(rig);
  await rig.upstreams[0]?.until(({ hits }) => hits.length === 2);
  client.destroy();
  expect(await rig.ended(1)).toMatchObject({ code: 'client_closed' });
  expect((await post(fetch, `${rig.url}/v1/chat/completions`, HELLO)).status).toBe(200);
  await rig.ended(2);
  expect(calls).toBe(rig.events.length);
  process.off('warning', warn);
  expect(warnings.map(({ message }) => message)).toContain("A listener to the gateway's events threw: Error.");
});

test('an uncaught error is logged without secrets, and the process keeps running', async () => {
  const script = `
    import { logUncaught } from ${JSON.stringify(join(import.meta.dirname, '../../src/cli/log-uncaught.ts'))};
    const error = (fields, message) => console.log(JSON.stringify({ message, fields }));
    logUncaught({ debug() {}, info() {}, warn() {}, error }, { redact: (text) => text.replaceAll('hunter2', '***') });
    setTimeout(() => { throw new RangeError('thrown, hunter2'); }, 1);
    setTimeout(() => void Promise.reject(new Error('rejected, hunter2')), 2);
    setTimeout(() => void Promise.reject('no error, hunter2'), 3);
    setTimeout(() => { throw Object.create(null); }, 4);
    setTimeout(() => { throw Object.assign(new Error('a place'), { stack: null }); }, 5);
    setTimeout(() => { throw new Error('bad answer:\\n    at some words of a prompt'); }, 6);
    setTimeout(() => { throw new Proxy({}, { get() { throw new Error('never'); }, getPrototypeOf() { throw new Error('never'); } }); }, 7);
    setTimeout(() => console.log('still running'), 20);`;
  const { stdout, stderr } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', script]);
  expect(stdout).not.toContain('hunter2');
  expect(stderr).not.toContain('hunter2');
  const lines = stdout.trim().split('\n');
  expect(
    lines.map(
      (line) => /thrown|rejected|no error|prototype|a place|bad answer|"fields":\{\}|still running/.exec(line)?.[0],
    ),
  ).toEqual(['thrown', 'rejected', 'no error', 'prototype', 'a place', 'bad answer', '"fields":{}', 'still running']);
  const { fields } = JSON.parse(lines[5] ?? '') as { fields: { stack: string[] } };
  expect(fields.stack.join()).not.toContain('words of a prompt');
  expect(JSON.parse(lines[0] ?? '')).toMatchObject({
    message: 'uncaught',
    fields: {
      name: 'RangeError',
      message: 'thrown, ***',
      stack: expect.arrayContaining([expect.stringContaining('at ')]),
    },
  });
});
