import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { responder } from '../../src/testing/index.ts';
import { run } from '../helpers/cli.ts';
import { post, startRig } from '../helpers/gateway.ts';
import { HELLO } from '../helpers/hello.ts';
import { temporaryFolder } from '../helpers/store.ts';

const KEY = 'key-of-a-viewer-0123456789';

async function outputOf(args: readonly string[], environment: Record<string, string> = {}) {
  await using command = run(['usage', ...args], environment);
  const code = await command.exit;
  return { code, output: command.output() };
}

test('usage is printed from the store, and by a running gateway with what is not written yet', async () => {
  using folder = temporaryFolder();
  const config = {
    providers: { a: { baseUrl: 'http://127.0.0.1:9/v1', apiKey: 'none' } },
    chains: { default: { entries: ['a/m'] } },
    store: { url: `sqlite:${folder.file}` as const },
  };
  const file = join(folder.path, 'spillway.json');
  writeFileSync(file, JSON.stringify(config));
  await using rig = await startRig([responder({ content: 'hi' })], {
    provider: { models: { 'model-a': { price: { input: 1000, output: 1000 } } } },
    config: { store: config.store, auth: { keys: [{ name: 'ci', key: KEY, role: 'viewer' }] } },
  });
  const headers = { authorization: `Bearer ${KEY}` };
  for (let n = 0; n < 3; n++) await (await post(fetch, `${rig.url}/v1/chat/completions`, HELLO, { headers })).text();

  const remote = await outputOf(['--url', rig.url, '--by', 'key,model'], { SPILLWAY_KEY: KEY });
  expect(remote.code).toBe(0);
  expect(remote.output).toMatch(/^usage from \d{4}-\d\d-\d\d up to \d{4}-\d\d-\d\d \(UTC\)\nkey +model +requests/);
  expect(remote.output).toMatch(/\nci +model-a +3 /);
  expect(remote.output).toMatch(/\ntotal +3 +\d+ +\d+ +\$\d+\.\d{6} /);
  await rig.gateway.close();
  const stored = await outputOf(['--config', file, '--by', 'key,model']);
  expect(stored).toEqual(remote);
  const { output } = await outputOf(['--config', file, '--json', '--since', '2026-01-01']);
  expect(JSON.parse(output.slice(output.indexOf('{')))).toMatchObject({
    from: '2026-01-01',
    by: ['key'],
    data: [{ key: 'ci', requests: 3 }],
  });

  for (const [args, message] of [
    [['--by', 'user'], /--by must be a list of hour, day, key/],
    [['--since', 'yesterday'], /--since must be a number of days like 7d/],
    [['--since', '2100-01-01'], /^spillway: to: must be later than `from`\.\n$/],
    [['--url', 'nowhere'], /--url: 'nowhere' is not a URL/],
    [['--url', 'http://127.0.0.1:9'], /http:\/\/127\.0\.0\.1:9 cannot be reached/],
    [['--demo'], /unexpected option --demo for usage/],
  ] as const) {
    const refused = await outputOf(['--config', file, ...args]);
    expect([refused.code, refused.output]).toEqual([1, expect.stringMatching(message)]);
  }
});

test('without a store, and with a wrong key, one line says what to do', async () => {
  using folder = temporaryFolder();
  const file = join(folder.path, 'spillway.json');
  const providers = { a: { baseUrl: 'http://127.0.0.1:9/v1', apiKey: 'none' } };
  writeFileSync(file, JSON.stringify({ providers, chains: { default: { entries: ['a/m'] } } }));
  expect(await outputOf(['--config', file])).toEqual({
    code: 1,
    output: `spillway: ${file}: has no store to read; set store.url, or ask a running gateway with --url\n`,
  });
  await using rig = await startRig([responder({ content: 'hi' })], {
    config: { auth: { keys: [{ name: 'ci', key: KEY }] } },
  });
  const refused = await outputOf(['--url', rig.url], { SPILLWAY_KEY: 'wrong' });
  expect([refused.code, refused.output]).toEqual([1, expect.stringMatching(/^spillway: .*key/i)]);
});
