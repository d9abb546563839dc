import { execFileSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { codeSample, type SampleOptions, SAMPLES } from '../../../dashboard/parts/code-samples.ts';

const OPTIONS: SampleOptions = {
  url: 'http://127.0.0.1:4141',
  keyed: true,
  model: 'default',
  input: {
    messages: [{ role: 'user', content: `It's "5 $HOME" \\ \n\`now\`` }],
    max_tokens: 5,
    parallel_tool_calls: true,
  },
};

test('a shell passes the body of the curl sample on as it is', () => {
  const sample = codeSample('curl', OPTIONS).replace(/^curl /, 'printf "%s\\n" ');
  const args = execFileSync('sh', ['-c', sample], { env: { SPILLWAY_KEY: 'sp_x' }, encoding: 'utf8' })
    .trimEnd()
    .split('\n');
  expect(JSON.parse(args.at(-1) ?? '')).toEqual({ model: 'default', stream: true, ...OPTIONS.input });
  expect(args).toContain('authorization: Bearer sp_x');
});

test.each(SAMPLES.map(({ value }) => value))('the %s sample names the gateway and holds no key', (name) => {
  const keyed = codeSample(name, OPTIONS);
  expect(keyed).toContain('http://127.0.0.1:4141');
  expect(keyed).toContain('SPILLWAY_KEY');
  expect(codeSample(name, { ...OPTIONS, keyed: false })).not.toContain('SPILLWAY_KEY');
});

test('values of JSON are literals of Python', () => {
  const sample = codeSample('openai-python', {
    ...OPTIONS,
    input: { messages: [], seed: null, logprobs: false, tools: [] },
  });
  expect(sample).toContain('    seed=None,\n    logprobs=False,\n    tools=[],');
});
