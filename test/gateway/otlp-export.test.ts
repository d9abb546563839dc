import { createServer } from 'node:http';
import { expect, test } from 'vitest';
import { createOtlpExport } from '../../src/observe/requests/otlp-export.ts';
import { chatCompletion } from '../../src/testing/index.ts';
import { fakeClock } from '../helpers/clock.ts';
import { post, startRig } from '../helpers/gateway.ts';
import { HELLO } from '../helpers/hello.ts';
import { listenOnLoopback } from '../helpers/listen.ts';
import { requestRow } from '../helpers/request-rows.ts';

interface Record_ {
  readonly eventName: string;
  readonly severityNumber: number;
  readonly timeUnixNano: string;
  readonly attributes: readonly { readonly key: string; readonly value: object }[];
}

/** A collector that answers with these statuses, then with 200. */
async function collector(statuses: number[] = []) {
  const records: Record_[] = [];
  const types: (string | undefined)[] = [];
  let notify: (() => void) | undefined;
  const server = createServer((request, response) => {
    let body = '';
    request.on('data', (piece: Buffer) => (body += piece.toString()));
    request.on('end', () => {
      const status = statuses.shift() ?? 200;
      types.push(request.headers['content-type']);
      if (status === 200) {
        const parsed = JSON.parse(body) as { resourceLogs: { scopeLogs: { logRecords: Record_[] }[] }[] };
        records.push(...parsed.resourceLogs.flatMap((each) => each.scopeLogs.flatMap(({ logRecords }) => logRecords)));
      }
      response.writeHead(status).end('{}');
      notify?.();
    });
  });
  const port = await listenOnLoopback(server);
  return {
    url: `http://127.0.0.1:${port}/v1/logs`,
    records,
    types,
    /** Resolves with the next answer. */
    answered: () => new Promise<void>((resolve) => (notify = resolve)),
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((closed) => server.close(closed));
    },
  };
}

/** Lets what has been answered be noticed. */
const noticed = () => new Promise((resolve) => setImmediate(() => setImmediate(resolve)));

test('each row of a gateway is sent as a log record, and nothing of a prompt', async () => {
  await using target = await collector();
  {
    await using rig = await startRig([chatCompletion({ content: 'an answer' })], {
      config: { log: { export: { otlp: target.url } } },
    });
    const body = { ...HELLO, user: 'ann@example.com' };
    await (await post(fetch, `${rig.url}/v1/chat/completions`, body)).text();
    await (await post(fetch, `${rig.url}/v1/chat/completions`, { ...HELLO, model: 'none' })).text();
    expect(JSON.stringify(await rig.gateway.caller.config.retrieve())).not.toContain('/v1/logs');
  }
  expect(target.types).toEqual(['application/json']);
  expect(target.records.map(({ eventName, severityNumber }) => [eventName, severityNumber])).toEqual([
    ['gen_ai.client.inference.operation.details', 9],
    ['gen_ai.client.inference.operation.details', 13],
  ]);
  const attributes = Object.fromEntries(target.records[0]!.attributes.map(({ key, value }) => [key, value]));
  expect(attributes).toMatchObject({
    'gen_ai.operation.name': { stringValue: 'chat' },
    'gen_ai.provider.name': { stringValue: 'a' },
    'gen_ai.response.model': { stringValue: 'model-a' },
    'gen_ai.usage.input_tokens': { intValue: '9' },
    'http.response.status_code': { intValue: '200' },
    'spillway.chain': { stringValue: 'default' },
    'spillway.stream': { boolValue: false },
  });
  expect(target.records[0]?.timeUnixNano).toMatch(/^\d{13}000000$/);
  const text = JSON.stringify(target.records);
  for (const secret of ['ann@example.com', 'Hello', 'an answer']) expect(text).not.toContain(secret);
});

test('rows wait while a collector fails, and are dropped and counted where it refuses them or too many wait', async () => {
  await using target = await collector([503, 400]);
  const clock = fakeClock();
  const problems: string[] = [];
  await using exporter = createOtlpExport({
    url: () => target.url,
    clock,
    onProblem: (message) => problems.push(message),
  });
  for (let n = 0; n < 10_250; n++) exporter.add(requestRow(n));
  expect(exporter.counters.dropped).toBe(250);
  const next = async (ms: number): Promise<void> => {
    const answered = target.answered();
    clock.advance(ms);
    await answered;
    await expect.poll(() => clock.waiting()).toBe(1);
  };
  await next(1000);
  expect([target.records.length, exporter.counters]).toEqual([0, { sent: 0, dropped: 250 }]);
  await next(1000);
  expect(exporter.counters).toEqual({ sent: 0, dropped: 450 });
  await next(0);
  await noticed();
  expect(exporter.counters).toEqual({ sent: 200, dropped: 450 });
  expect(target.records[0]?.timeUnixNano).toBe(`${1_800_000_000_000 + 200}000000`);
  expect(problems).toEqual([
    'log.export: too many rows wait; 1 rows were dropped since the start',
    'log.export: the collector answered 503; rows wait and are sent later',
  ]);
  expect(problems.join()).not.toContain(target.url);
});

test('a collector that cannot be reached holds neither requests nor the end of the gateway', async () => {
  const rig = await startRig([chatCompletion({ content: 'ok' })], {
    config: { log: { export: { otlp: 'http://127.0.0.1:9/v1/logs' } } },
  });
  expect((await post(fetch, `${rig.url}/v1/chat/completions`, HELLO)).status).toBe(200);
  await rig[Symbol.asyncDispose]();
});

test.each(['between two requests', 'during a request'])(
  'a collector that is silent holds the end of the gateway for five seconds: %s',
  { timeout: 5000 },
  async (when) => {
    const asked = Promise.withResolvers<void>();
    await using server = createServer(() => asked.resolve());
    const port = await listenOnLoopback(server);
    const clock = fakeClock();
    const exporter = createOtlpExport({
      url: () => `http://127.0.0.1:${port}/v1/logs`,
      clock,
      onProblem: () => undefined,
    });
    exporter.add(requestRow(1));
    if (when === 'during a request') {
      clock.advance(1000);
      await asked.promise;
    }
    let hasEnded = false;
    const ended = exporter[Symbol.asyncDispose]().then(() => (hasEnded = true));
    await asked.promise;
    clock.advance(4999);
    await noticed();
    expect(hasEnded).toBe(false);
    clock.advance(1);
    await ended;
    expect([exporter.counters, clock.waiting()]).toEqual([{ sent: 0, dropped: 1 }, 0]);
  },
);

test('an export that a reload has removed goes on once the configuration has it again', async () => {
  await using target = await collector([]);
  const clock = fakeClock();
  let url: string | undefined;
  await using exporter = createOtlpExport({ url: () => url, clock, onProblem: () => undefined });
  url = target.url;
  exporter.add(requestRow(1));
  url = undefined;
  clock.advance(1000);
  await expect.poll(() => exporter.counters).toEqual({ sent: 0, dropped: 1 });
  url = target.url;
  exporter.add(requestRow(2));
  const answered = target.answered();
  clock.advance(1000);
  await answered;
  await expect.poll(() => exporter.counters).toEqual({ sent: 1, dropped: 1 });
});
