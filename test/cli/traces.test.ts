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
  expect(collector.spans[0]?.resource['service.name']).toBe('mine');
});

test('without the packages that send spans the start ends with one message that names them', async () => {
  const file = configure('missing.yaml', 'http://127.0.0.1:1/v1', 'traces: { url: "http://collector:4318/v1/traces" }');
  const cli = run(['--config', file], { NODE_OPTIONS: `--import=${fixture('without-opentelemetry.mjs')}` });
  expect(await cli.exit).toBe(1);
  expect(cli.output()).toContain(
    'missing.yaml: 1 problem\n  traces.url: needs packages that are not installed; run: npm install @opentelemetry/sdk-trace @opentelemetry/resources @opentelemetry/exporter-trace-otlp-http\n',
  );
  expect(cli.output()).not.toMatch(/\n\s+at /);
});

test('a gateway without traces loads no package of OpenTelemetry', async () => {
  const file = configure('untraced.yaml', 'http://127.0.0.1:1/v1');
  await using gateway = run(['--config', file, '--port', '0'], {
    NODE_OPTIONS: `--import=${fixture('no-opentelemetry-at-all.mjs')}`,
  });
  await gateway.says(/spillway on (http\S+)/);
  expect(gateway.output()).not.toContain('@opentelemetry');
});
