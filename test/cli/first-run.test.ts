import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { openaiError, responder, type ScriptedUpstream, startScriptedUpstream } from '../../src/testing/index.ts';
import { BIN, ENVIRONMENT, run } from '../helpers/cli.ts';
import { HAS_TERMINAL, openTerminal, type Terminal } from '../helpers/terminal.ts';

const ROOT = mkdtempSync(join(tmpdir(), 'spillway-first-'));
afterAll(() => rmSync(ROOT, { recursive: true }));
const empty = (): string => mkdtempSync(join(ROOT, 'x-'));

const ANSWER = responder({ content: 'Hello to you too.' });

/** A scripted provider, a scripted local server, and the environment variables with their addresses. */
async function startProviders() {
  const groq = await startScriptedUpstream({
    script: async (request) => ({
      ...(await Promise.resolve(ANSWER(request))),
      headers: { 'content-type': 'text/event-stream', 'x-ratelimit-limit-requests': '1000' },
    }),
  });
  const ollama = await startScriptedUpstream({
    script: (request) =>
      request.method === 'GET'
        ? { body: { object: 'list', data: [{ id: 'nomic-embed-text' }, { id: 'qwen3' }] } }
        : openaiError(503, 'server busy'),
  });
  // The test must not find other servers of this machine.
  const nowhere = 'http://127.0.0.1:1';
  const env = {
    GROQ_API_KEY: 'gsk-fake-0123456789',
    GROQ_BASE_URL: groq.baseUrl,
    OLLAMA_BASE_URL: ollama.baseUrl,
    LMSTUDIO_BASE_URL: nowhere,
    LLAMACPP_BASE_URL: nowhere,
    VLLM_BASE_URL: nowhere,
    SGLANG_BASE_URL: nowhere,
  };
  return {
    env,
    groq,
    ollama,
    [Symbol.asyncDispose]: () => Promise.all([groq.close(), ollama.close()]).then(() => undefined),
  };
}

/** Runs the command line on a terminal. */
function spillway(args: string, cwd: string, env: Readonly<Record<string, string | undefined>>): Terminal {
  return openTerminal(`"${process.execPath}" "${BIN}" ${args}`, { cwd, env });
}

/** A screen without the parts that differ between runs. */
function stable(screen: string, cwd: string): string {
  return screen
    .replaceAll(cwd, '.')
    .replaceAll(/127\.0\.0\.1:\d+/g, '127.0.0.1:PORT')
    .replaceAll(/\b\d+ ms/g, 'N ms')
    .replaceAll(/\d\d:\d\d:\d\d/g, 'HH:MM:SS')
    .replaceAll(/req_[0-9a-f]{32}/g, 'req_ID')
    .replaceAll(/ {2,}/g, '  ')
    .trim();
}

const hitsOf = ({ hits }: ScriptedUpstream): number => hits.filter(({ method }) => method === 'POST').length;

describe.skipIf(!HAS_TERMINAL)(`on a terminal${HAS_TERMINAL ? '' : ' (skipped: script not found)'}`, () => {
  test('init writes the found entries, check --live probes them, and serve answers', async () => {
    await using providers = await startProviders();
    const cwd = empty();
    {
      await using terminal = spillway('init', cwd, providers.env);
      expect(await terminal.exit).toBe(0);
      expect(stable(terminal.screen(), cwd)).toBe(
        [
          'wrote spillway.yaml:',
          ' 1.  groq/llama-3.3-70b-versatile  key from GROQ_API_KEY  free tier',
          ' 2.  ollama/qwen3  no key needed  on this machine',
          '',
          'next:',
          ' spillway check --live  send each entry one request',
          ' spillway  start the gateway',
          'editors complete the file with ./node_modules/spillway/docs/config.schema.json (npm install spillway)',
        ]
          .join('\n')
          .replaceAll('\n ', '\n  '),
      );
      expect(readFileSync(join(cwd, 'spillway.yaml'), 'utf8')).not.toContain('gsk-fake');
    }
    {
      await using terminal = spillway('init', cwd, providers.env);
      expect([await terminal.exit, stable(terminal.screen(), cwd)]).toEqual([
        1,
        'spillway: spillway.yaml already exists; edit it, or remove it and try again',
      ]);
    }
    {
      await using terminal = spillway('check --live', cwd, providers.env);
      expect(await terminal.exit).toBe(1);
      expect(stable(terminal.screen(), cwd)).toMatchInlineSnapshot(`
        "./spillway.yaml: valid

        chain default: first token within 10m, commit at first-token
          entry  preset  key  price  limits  connect  first token  idle  total
          1.  groq/llama-3.3-70b-versatile  groq  GROQ_API_KEY  $0.59 in, $0.79 out  as reported  5s  1m  1m  10m
          2.  ollama/qwen3  ollama  none  free  as reported  5s  10m  1m  10m

          entry  status  first token  limits reported
          ok  groq/llama-3.3-70b-versatile  200  N ms  requests 1000
          failed  ollama/qwen3  503  -  overloaded: server busy
        spillway: 1 entry failed"
      `);
      expect(terminal.output()).toContain('checking groq/llama-3.3-70b-versatile (1 of 2) ...');
      expect([hitsOf(providers.groq), hitsOf(providers.ollama)]).toEqual([1, 1]);
    }
    {
      await using terminal = spillway('--port 0', cwd, providers.env);
      const [, url] = await terminal.shows(/spillway on (http:\/\/127\.0\.0\.1:\d+)/);
      const response = await fetch(`${url}/v1/chat/completions`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ messages: [{ role: 'user', content: 'Hello' }], stream: true }),
      });
      expect(await response.text()).toContain('data: [DONE]');
      await terminal.shows(/200 +chat/);
      await fetch(`${url}/v1/nothing`);
      await terminal.shows(/not_found/);
      terminal.type('\u0003');
      expect(await terminal.exit).toBe(0);
      expect(stable(terminal.screen(), cwd)).toMatchInlineSnapshot(`
        "spillway on http://127.0.0.1:PORT with ./spillway.yaml
        dashboard at http://127.0.0.1:PORT/ui/
        chains: default
        OpenAI API at http://127.0.0.1:PORT/v1, Anthropic API at http://127.0.0.1:PORT, tRPC at http://127.0.0.1:PORT/trpc, docs at http://127.0.0.1:PORT/docs
        try: curl -i http://127.0.0.1:PORT/v1/chat/completions -H 'content-type: application/json' -d '{"model":"default","messages":[{"role":"user","content":"Hello"}]}'
        HH:MM:SS 200  chat.completions.stream  default > groq/llama-3.3-70b-versatile  1 attempt  first token N ms  N ms  req_ID
        HH:MM:SS 404 not_found  GET /v1/nothing  rest  N ms  req_ID
        ^C"
      `);
      expect(terminal.output()).toContain('\u001B[32m200\u001B[39m');
    }
  });

  test('serve without a file prints each entry, its key and its cost before it listens', async () => {
    await using providers = await startProviders();
    const cwd = empty();
    const env = { ...providers.env, OPENAI_API_KEY: 'sk-fake-0123456789', NO_COLOR: '1' };
    await using terminal = spillway('--port 0', cwd, env);
    const [, url] = await terminal.shows(/spillway on (http\S+)/);
    await fetch(`${url}/v1/models`);
    await terminal.shows(/models\.list/);
    terminal.type('\u0003');
    expect(await terminal.exit).toBe(0);
    expect(stable(terminal.screen(), cwd)).toMatchInlineSnapshot(`
      "1.  groq/llama-3.3-70b-versatile  key from GROQ_API_KEY  free tier
        2.  ollama/qwen3  no key needed  on this machine
        3.  openai/gpt-4.1-mini  key from OPENAI_API_KEY  may cost money
      spillway on http://127.0.0.1:PORT with the environment (no configuration file)
      dashboard at http://127.0.0.1:PORT/ui/
      chains: default
      OpenAI API at http://127.0.0.1:PORT/v1, Anthropic API at http://127.0.0.1:PORT, tRPC at http://127.0.0.1:PORT/trpc, docs at http://127.0.0.1:PORT/docs
      try: curl -i http://127.0.0.1:PORT/v1/chat/completions -H 'content-type: application/json' -d '{"model":"default","messages":[{"role":"user","content":"Hello"}]}'
      HH:MM:SS 200  models.list  N ms  req_ID
      ^C"
    `);
    expect(terminal.output()).not.toContain('\u001B[');
  });

  test('--log-format json logs an object a line', async () => {
    await using providers = await startProviders();
    await using terminal = spillway('--demo --port 0 --log-format json', empty(), providers.env);
    const [, url] = await terminal.shows(/spillway on (http\S+) with the demo upstreams/);
    await fetch(`${url}/v1/models`);
    await terminal.shows(/"operation":"models\.list".*"msg":"request"/);
  });

  test('with --log-level silent requests are not logged', async () => {
    await using providers = await startProviders();
    await using terminal = spillway('--demo --port 0 --log-level silent', empty(), providers.env);
    const [, url] = await terminal.shows(/spillway on (http\S+) with the demo upstreams/);
    await fetch(`${url}/v1/models`);
    terminal.type('\u0003');
    expect(await terminal.exit).toBe(0);
    expect(terminal.screen()).not.toMatch(/models\.list|groq/);
  });
});

describe('without a terminal', () => {
  test('--log-format pretty logs a readable line without colours', async () => {
    await using gateway = run(['--demo', '--port', '0', '--log-format', 'pretty']);
    const [, url] = await gateway.says(/spillway on (http\S+) with the demo upstreams/);
    await fetch(`${url}/v1/models`);
    await gateway.says(/\d\d:\d\d:\d\d 200 {2}models\.list {2}\d+ ms {2}req_\w+\n/);
    expect(gateway.output()).not.toContain('\u001B');
  });

  test('check --live shows the table, no progress and no colour', async () => {
    await using providers = await startProviders();
    const cwd = empty();
    writeFileSync(
      join(cwd, 'spillway.yaml'),
      'providers: { groq: { preset: groq } }\nchains: { c: { entries: [groq/m] } }\n',
    );
    const { spawn } = await import('node:child_process');
    const child = spawn(process.execPath, [BIN, 'check', '--live'], {
      cwd,
      env: { ...ENVIRONMENT, ...providers.env },
    });
    let output = '';
    child.stdout.on('data', (piece: Buffer) => (output += piece.toString()));
    child.stderr.on('data', (piece: Buffer) => (output += piece.toString()));
    const code = await new Promise((resolve) => child.once('close', resolve));
    expect([code, output]).toEqual([0, expect.stringMatching(/ok +groq\/m +200 +\d+ ms +requests 1000/)]);
    for (const word of ['checking', '\u001B', 'gsk-fake']) expect(output).not.toContain(word);
  });
});
