import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { startCollector } from '../helpers/collector.ts';
import { EMPTY, run } from '../helpers/cli.ts';
import { post } from '../helpers/gateway.ts';
import { HELLO } from '../helpers/hello.ts';
import { treeOf } from '../helpers/traced.ts';
import { chatCompletion, startScriptedUpstream } from '../../src/testing/index.ts';

const fixture = (name: string): string => join(import.meta.dirname, '..', 'helpers', 'fixtures', name);
const SERVED = ['SERVER POST /v1/chat/completions', '  INTERNAL chain default', '    CLIENT chat m'];

/** Writes a configuration with one provider, and returns its path. */
function configure(name: string, baseUrl: string, more = ''): string {
  const file = join(EMPTY, name);
  writeFileSync(file, `providers: { a: { baseUrl: "${baseUrl}" } }\nchains: { default: { entries: [a/m] } }\n${more}`);
  return file;
}

test('the spans of the last requests are sent when the command ends, with the names of the environment, and their trace is in the log', async () => {
  await using collector = await startCollector();
  await using upstream = await startScriptedUpstream({ script: chatCompletion({ content: 'x' }) });
  const file = configure(
    'traced.yaml',
    upstream.baseUrl,
    `traces: { url: "${collector.url}" }\nserver: { drainDelay: 1ms }`,
  );
  await using gateway = run(['--config', file, '--port', '0'], {
    OTEL_SERVICE_NAME: 'edge',
    OTEL_RESOURCE_ATTRIBUTES: 'team=search',
  });
  const [, url] = await gateway.says(/spillway on (http\S+)/);
  await (await post(fetch, `${url}/v1/chat/completions`, HELLO)).text();
  const [, traceId] = await gateway.says(/"traceId":"(\w{32})"/);
  gateway.child.kill('SIGTERM');
  expect(await gateway.exit).toBe(0);
  expect(treeOf(collector.spans)).toEqual(SERVED);
  expect(collector.spans[0]?.traceId).toBe(traceId);
  expect(collector.spans[0]?.resource).toMatchObject({
    'service.name': 'edge',
    'telemetry.sdk.name': 'spillway',
    'service.instance.id': expect.stringMatching(/^spillway-/),
    team: 'search',
  });
});

test('an SDK that is loaded by --import gets the spans', async () => {
  await using collector = await startCollector();
  await using upstream = await startScriptedUpstream({ script: chatCompletion({ content: 'x' }) });
  await using gateway = run(['--config', configure('sdk.yaml', upstream.baseUrl), '--port', '0'], {
    NODE_OPTIONS: `--import=${fixture('process-sdk.mjs')}`,
    OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: collector.url,
  });
  const [, url] = await gateway.says(/spillway on (http\S+)/);
  await (await post(fetch, `${url}/v1/chat/completions`, HELLO)).text();
  await collector.until(3);
  expect(treeOf(collector.spans)).toEqual(SERVED);
  expect(collector.spans[0]?.resource['telemetry.sdk.name']).toBe('opentelemetry');
});

test.each([
  ['without traces', false],
  ['that sends its traces itself', true],
])('a gateway %s loads no package of OpenTelemetry', async (_, isTraced) => {
  await using collector = await startCollector();
  await using upstream = await startScriptedUpstream({ script: chatCompletion({ content: 'x' }) });
  const traces = isTraced ? `traces: { url: "${collector.url}" }\n` : '';
  const more = `${traces}server: { drainDelay: 1ms }`;
  await using gateway = run(['--config', configure(`${isTraced}.yaml`, upstream.baseUrl, more), '--port', '0'], {
    NODE_OPTIONS: `--import=${fixture('no-opentelemetry-at-all.mjs')}`,
  });
  const [, url] = await gateway.says(/spillway on (http\S+)/);
  expect((await post(fetch, `${url}/v1/chat/completions`, HELLO)).status).toBe(200);
  gateway.child.kill('SIGTERM');
  expect(await gateway.exit).toBe(0);
  expect(collector.spans).toHaveLength(isTraced ? 3 : 0);
  expect(gateway.output()).not.toContain('@opentelemetry');
});
