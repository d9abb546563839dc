import { createServer } from 'node:net';
import { expect, test } from 'vitest';
import { createGateway } from '../../../src/gateway/open.ts';
import { chatCompletion, startScriptedUpstream } from '../../../src/testing/index.ts';
import { startCollector } from '../../helpers/collector.ts';
import { startRig } from '../../helpers/gateway.ts';
import { HELLO } from '../../helpers/hello.ts';
import { listenOnLoopback, reservePort } from '../../helpers/listen.ts';
import { scrape } from '../../helpers/metrics.ts';

/** Long after the second that a collector has at the end, and before the exporter gives up by itself. */
const LATEST_MS = 4000;

/** A gateway in process whose traces go to a URL, and its problems. */
async function startGateway(url: string) {
  const upstream = await startScriptedUpstream({ script: chatCompletion({ content: 'x' }) });
  const problems: string[] = [];
  const gateway = await createGateway(
    { providers: { a: { baseUrl: upstream.baseUrl } }, chains: { default: { entries: ['a/m'] } }, traces: { url } },
    { environment: {}, onProblem: (problem) => void problems.push(problem) },
  );
  return {
    gateway,
    problems,
    send: () => gateway.caller.chat.completions.create(HELLO),
    async [Symbol.asyncDispose]() {
      await gateway.close();
      await upstream.close();
    },
  };
}

test('a collector that is down delays neither requests nor the end, and is reported with what is lost', async () => {
  await using rig = await startGateway(`http://127.0.0.1:${await reservePort()}/v1/traces?token=secret`);
  for (let n = 0; n < 20; n++) await rig.send();
  const before = performance.now();
  await rig.gateway.close();
  expect(performance.now() - before).toBeLessThan(LATEST_MS);
  expect(rig.problems).toEqual(['traces: no connection to the collector; 60 spans were dropped since the start']);
});

test('a collector that hangs does not hold the end', async () => {
  const server = createServer(() => undefined);
  const port = await listenOnLoopback(server);
  await using rig = await startGateway(`http://127.0.0.1:${port}/v1/traces`);
  await rig.send();
  const before = performance.now();
  await rig.gateway.close();
  expect(performance.now() - before).toBeLessThan(LATEST_MS);
  expect(rig.problems).toEqual(['traces: the collector is silent; 3 spans were dropped since the start']);
  server.close();
});

test('a collector that refuses spans is one message a minute, and one at the end with all that were lost', async () => {
  let status = 400;
  let batches = 0;
  await using collector = await startCollector(() => {
    batches++;
    return status;
  });
  await using rig = await startGateway(collector.url);
  // A batch is sent as soon as it is full, and 100 requests are more than one.
  const burst = async (): Promise<void> => void (await Promise.all(Array.from({ length: 200 }, () => rig.send())));
  await burst();
  // The second one may wait for more spans.
  await expect.poll(() => batches, { timeout: 10_000 }).toBeGreaterThan(1);
  await burst();
  const refused = expect.stringMatching(/^traces: the collector answered 400; \d+ spans were dropped since the start$/);
  expect(rig.problems).toEqual([refused]);
  status = 200;
  await rig.gateway.close();
  expect(rig.problems).toEqual([
    refused,
    expect.stringMatching(/^traces: .+; \d+ spans were dropped since the start$/),
  ]);
  const lost = Number(/; (\d+) spans/.exec(rig.problems[1] ?? '')?.[1]);
  expect(lost).toBeGreaterThan(0);
  expect(lost + collector.spans.length).toBe(1200);
});

test('a reload says that traces need a restart, and operators see no secret of them', async () => {
  await using collector = await startCollector();
  await using rig = await startGateway(`${collector.url}?token=hidden-in-url`);
  const { providers, chains } = {
    providers: { a: { baseUrl: 'http://127.0.0.1:1/v1' } },
    chains: { default: { entries: ['a/m'] } },
  };
  await rig.gateway.reload({
    providers,
    chains,
    traces: { url: collector.url, headers: { 'x-token': 'hidden-in-header' } },
  });
  expect(rig.gateway.configuration.restart).toEqual(['traces']);
  const shown = JSON.stringify(await rig.gateway.caller.config.retrieve());
  expect(shown).toContain('"x-token":"***"');
  expect(shown).not.toContain('hidden-in');
});

test('a gateway that is closed twice sends its spans once', async () => {
  await using collector = await startCollector();
  await using rig = await startGateway(collector.url);
  await rig.send();
  await Promise.all([rig.gateway.close(), rig.gateway.close()]);
  expect([collector.spans.length, rig.problems]).toEqual([3, []]);
});

test('spans that are sent and dropped are counted in the metrics', async () => {
  const statuses = [400];
  await using collector = await startCollector(() => statuses.shift() ?? 200);
  await using rig = await startRig([chatCompletion({ content: 'x' })], { config: { traces: { url: collector.url } } });
  const countOf = async (metric: string): Promise<number> => (await scrape(rig.url)).count(metric);
  // As many as a batch has, so that it is sent at once.
  const burst = (): Promise<unknown> =>
    Promise.all(Array.from({ length: 86 }, () => rig.gateway.caller.chat.completions.create(HELLO)));
  await burst();
  await expect.poll(() => countOf('spillway_trace_spans_dropped_total'), { timeout: 10_000 }).toBe(258);
  await burst();
  await expect.poll(() => countOf('spillway_trace_spans_total'), { timeout: 10_000 }).toBe(258);
  expect(collector.spans).toHaveLength(258);
});
