import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { describe, expect, test } from 'vitest';
import { PLAIN } from '../../src/catalog/preset.ts';
import { PRESETS, RETIRED } from '../../src/catalog/presets.ts';
import { parseConfig } from '../../src/config/load.ts';
import { type LimitRules, PLAIN_RULES } from '../../src/domain/limits.ts';
import { formatProblems } from '../../src/config/problems.ts';
import { toSnapshot } from '../../src/config/snapshot.ts';
import { chatCompletion, chatStream, chunk, fieldsOf, type Reply, sse } from '../../src/testing/index.ts';
import { DOORS } from '../helpers/doors.ts';
import { startRig } from '../helpers/gateway.ts';

/** Every variable that some preset may want, so that each can be used. */
const VARIABLES = Object.fromEntries(
  Object.values(PRESETS).flatMap(({ keyVariables, baseUrl }) => [
    ...keyVariables.map((name) => [name, `key-of-${name}-0123456789`]),
    ...[...baseUrl.matchAll(/\{(\w+)\}/g)].map(([, name]) => [name, 'https://resource.example/']),
  ]),
);

function snapshotOf(preset: string, environment: Record<string, string> = VARIABLES) {
  const result = parseConfig({ providers: { p: { preset } }, chains: { c: { entries: ['p/m'] } } }, environment);
  if (!result.ok) throw new Error(formatProblems(preset, result.problems));
  return { target: toSnapshot(result.config).chains.get('c')?.entries[0]?.targets[0], sources: result.keySources };
}

/** How vendors say that they do not take a field. */
const REFUSALS: Readonly<Record<string, (field: string) => Reply>> = {
  mistral: (field) => ({
    status: 422,
    body: {
      object: 'error',
      message: { detail: [{ type: 'extra_forbidden', loc: ['body', field], msg: 'Extra inputs are not permitted' }] },
      type: 'invalid_request_error',
    },
  }),
  'gemini-compat': (field) => ({
    status: 400,
    body: [
      { error: { code: 400, message: `Invalid JSON payload received. Unknown name "${field}": Cannot find field.` } },
    ],
  }),
};
const refusal = (field: string): Reply => ({
  status: 400,
  body: { error: { message: `property '${field}' is unsupported`, type: 'invalid_request_error' } },
});

/** Every field that some preset mends, and some that none does. */
const EVERYTHING = {
  model: 'default',
  messages: [
    { role: 'developer' as const, content: 'Be brief.' },
    { role: 'user' as const, content: 'Say developer.' },
    // As an answer had it, for whoever sends the conversation back.
    {
      role: 'assistant' as const,
      content: null,
      refusal: null,
      reasoning: 'hm',
      reasoning_details: [{ type: 'reasoning.text', text: 'hm' }],
      annotations: [],
      audio: null,
      tool_calls: [{ id: 'call_1', type: 'function' as const, function: { name: 'f', arguments: '{}' } }],
    },
    { role: 'tool' as const, tool_call_id: 'call_1', content: '1' },
  ],
  ...Object.fromEntries(Object.values(PRESETS).flatMap(({ quirks }) => quirks.rejects.map((field) => [field, true]))),
  max_completion_tokens: 7,
  seed: 3,
  temperature: 0.5,
  tools: [],
};

describe.each(Object.entries(PRESETS))('%s', (name, preset) => {
  test('has an address, and a key where it wants one', () => {
    const { target, sources } = snapshotOf(name);
    expect(target?.baseUrl).toMatch(/^https?:\/\/[^{}]+[^/{}]$/);
    expect(target?.apiKey).toBe(preset.keyVariables[0] && `key-of-${preset.keyVariables[0]}-0123456789`);
    expect(sources.get('p')).toBe(preset.keyVariables[0] ?? 'none');
  });

  test('goes where its variable says', () => {
    const { target } = snapshotOf(name, { ...VARIABLES, [preset.baseUrlVariable]: 'http://127.0.0.1:1/v9' });
    expect(target?.baseUrl).toBe('http://127.0.0.1:1/v9');
  });

  test.each(['create', 'stream'] as const)(
    'is sent no field by %s that it refuses, and every other one',
    async (way) => {
      const { rejects, renames, streamOptions, developerRole, messageRejects } = preset.quirks;
      const unknown = [...rejects, ...Object.keys(renames), ...(streamOptions ? [] : ['stream_options'])];
      const script = (request: Parameters<typeof fieldsOf>[0]): Reply => {
        const fields = fieldsOf(request);
        const wrong = unknown.find((field) => field in fields);
        if (wrong !== undefined) return (REFUSALS[name] ?? refusal)(wrong);
        if (!developerRole && JSON.stringify(fields['messages']).includes('"developer"')) return refusal('developer');
        const echo = ['refusal', 'reasoning', 'reasoning_details', 'annotations', 'audio'].find((member) =>
          JSON.stringify(fields['messages']).includes(`"${member}":`),
        );
        if (messageRejects.length > 0 && echo !== undefined) return (REFUSALS[name] ?? refusal)(`messages.2.${echo}`);
        return fields['stream'] === true ? chatStream({ content: 'x' }) : chatCompletion({ content: 'x' });
      };
      await using strict = await startRig([script], { provider: { preset: name, apiKey: 'k'.repeat(12) } });
      const told = await DOORS['REST over HTTP']?.[way](strict, EVERYTHING);
      expect([told?.code, told?.message]).toEqual(['ok', undefined]);
      const [hit] = strict.upstreams[0]?.hits ?? [];
      const sent = hit === undefined ? {} : fieldsOf(hit);
      const kept = Object.keys(EVERYTHING).filter((field) => !unknown.includes(field));
      expect(Object.keys(sent)).toEqual(expect.arrayContaining([...kept, ...Object.values(renames)]));
      const [, user, assistant, tool] = EVERYTHING.messages;
      const echoed =
        messageRejects.length === 0
          ? assistant
          : { role: 'assistant', content: null, tool_calls: assistant?.tool_calls };
      expect(Array.isArray(sent['messages']) && sent['messages'].slice(1)).toEqual([user, echoed, tool]);
      expect(hit?.headers[preset.keyHeader]).toBe(
        preset.keyHeader === 'api-key' ? 'k'.repeat(12) : `Bearer ${'k'.repeat(12)}`,
      );
    },
  );
});

test.each([
  ['openai', 'o3-mini', ['temperature', 'top_p', 'logprobs'], { max_completion_tokens: 9 }],
  ['openai', 'gpt-5-chat-latest', [], { max_tokens: 9 }],
  ['openai', 'gpt-4.1-mini', [], { max_tokens: 9 }],
  ['azure', 'gpt-5-mini', ['temperature', 'top_p', 'logprobs'], { max_completion_tokens: 9 }],
  ['xai', 'grok-4', ['stop'], { max_tokens: 9 }],
  ['xai', 'grok-4-fast-non-reasoning', [], { max_tokens: 9 }],
] as const)('%s is asked for %s as that model takes it', async (preset, model, gone, limit) => {
  const given = { temperature: 1, top_p: 1, logprobs: false, stop: ['x'], max_tokens: 9 };
  await using rig = await startRig([chatCompletion({ content: 'x' })], {
    provider: { preset, models: { [model]: {} } },
  });
  await DOORS['REST over HTTP']?.create(rig, {
    model: `a/${model}`,
    messages: [{ role: 'user', content: 'x' }],
    ...given,
  });
  const [hit] = rig.upstreams[0]?.hits ?? [];
  const sent = hit === undefined ? {} : fieldsOf(hit);
  const { max_tokens: _, ...others } = given;
  const kept = Object.fromEntries(Object.entries(others).filter(([name]) => !gone.some((each) => each === name)));
  expect(sent).toEqual({ model, messages: [{ role: 'user', content: 'x' }], ...kept, ...limit });
});

test('the vendors stand where they stand, and want what they want', () => {
  const known = Object.entries(PRESETS).map(([name, { baseUrl, keyVariables, cost }]) => [
    name,
    baseUrl,
    keyVariables[0],
    cost,
  ]);
  expect(known).toEqual([
    ['groq', 'https://api.groq.com/openai/v1', 'GROQ_API_KEY', 'free-tier'],
    ['cerebras', 'https://api.cerebras.ai/v1', 'CEREBRAS_API_KEY', 'free-tier'],
    ['gemini-compat', 'https://generativelanguage.googleapis.com/v1beta/openai', 'GEMINI_API_KEY', 'free-tier'],
    ['mistral', 'https://api.mistral.ai/v1', 'MISTRAL_API_KEY', 'free-tier'],
    ['openrouter', 'https://openrouter.ai/api/v1', 'OPENROUTER_API_KEY', 'free-tier'],
    ['sambanova', 'https://api.sambanova.ai/v1', 'SAMBANOVA_API_KEY', 'free-tier'],
    ['nvidia', 'https://integrate.api.nvidia.com/v1', 'NVIDIA_API_KEY', 'free-tier'],
    ['cohere-compat', 'https://api.cohere.ai/compatibility/v1', 'COHERE_API_KEY', 'free-tier'],
    ['huggingface', 'https://router.huggingface.co/v1', 'HF_TOKEN', 'free-tier'],
    [
      'cloudflare',
      'https://api.cloudflare.com/client/v4/accounts/{CLOUDFLARE_ACCOUNT_ID}/ai/v1',
      'CLOUDFLARE_API_TOKEN',
      'free-tier',
    ],
    ['openai', 'https://api.openai.com/v1', 'OPENAI_API_KEY', 'paid'],
    ['azure', '{AZURE_OPENAI_ENDPOINT}/openai/v1', 'AZURE_OPENAI_API_KEY', 'paid'],
    ['anthropic-compat', 'https://api.anthropic.com/v1', 'ANTHROPIC_API_KEY', 'paid'],
    ['deepseek', 'https://api.deepseek.com', 'DEEPSEEK_API_KEY', 'paid'],
    ['xai', 'https://api.x.ai/v1', 'XAI_API_KEY', 'paid'],
    ['together', 'https://api.together.xyz/v1', 'TOGETHER_API_KEY', 'paid'],
    ['fireworks', 'https://api.fireworks.ai/inference/v1', 'FIREWORKS_API_KEY', 'paid'],
    ['ollama', 'http://localhost:11434/v1', undefined, 'local'],
    ['lmstudio', 'http://localhost:1234/v1', undefined, 'local'],
    ['llamacpp', 'http://localhost:8080/v1', undefined, 'local'],
    ['vllm', 'http://localhost:8000/v1', undefined, 'local'],
    ['sglang', 'http://localhost:30000/v1', undefined, 'local'],
  ]);
});

test('what vendors are known to refuse is in their rows', () => {
  const refused: Readonly<Record<string, readonly string[]>> = {
    mistral: ['store', 'user', 'logit_bias', 'logprobs', 'max_completion_tokens', 'seed', 'stream_options'],
    groq: ['store', 'metadata', 'logprobs', 'logit_bias'],
    'gemini-compat': ['store', 'logit_bias'],
    'cohere-compat': ['store', 'metadata', 'logit_bias', 'prediction', 'audio', 'parallel_tool_calls'],
    ollama: ['max_completion_tokens'],
  };
  for (const [name, fields] of Object.entries(refused)) {
    const { rejects, renames, streamOptions } = PRESETS[name]?.quirks ?? PLAIN;
    const mended = [...rejects, ...Object.keys(renames), ...(streamOptions ? [] : ['stream_options'])];
    expect(mended).toEqual(expect.arrayContaining([...fields]));
  }
});

test.each([
  ['openai', ['o1', 'o3-mini', 'gpt-5', 'gpt-5-nano'], ['gpt-4o', 'gpt-5-chat-latest', 'gpt-4.1']],
  [
    'groq',
    ['openai/gpt-oss-20b', 'qwen/qwen3-32b', 'deepseek-r1-distill-llama-70b'],
    ['llama-3.3-70b-versatile', 'proof1'],
  ],
  ['xai', ['grok-4', 'grok-3-mini', 'grok-4-fast-reasoning'], ['grok-3', 'grok-4-fast-non-reasoning']],
  ['openrouter', ['openai/o3', 'qwen/qwq-32b', 'x-ai/grok-4-fast-reasoning'], ['x/non-reasoning', 'x/unreasonable-7b']],
  ['deepseek', ['deepseek-reasoner', 'deepseek-v4-pro'], ['deepseek-chat']],
] as const)('the models of %s that think are known by their names', (preset, think, do_not) => {
  const thinks = (model: string): boolean => PRESETS[preset]?.reasoning?.test(model) === true;
  expect([think.filter((model) => !thinks(model)), do_not.filter(thinks)]).toEqual([[], []]);
});

/** A stream's usage, wherever a vendor tells it. */
const USAGE = { prompt_tokens: 9, completion_tokens: 12, total_tokens: 21 };
const usageIn = (choices: readonly object[]): string =>
  sse({ id: 'x', object: 'chat.completion.chunk', created: 1, model: 'm', choices, usage: USAGE });
const LAST = [{ index: 0, delta: {}, finish_reason: 'stop' }];
const PLACES: Readonly<Record<(typeof PRESETS)[string]['usage'], readonly string[]>> = {
  'own-event': [chunk({ finish: 'stop' }), usageIn([])],
  'last-chunk': [usageIn(LAST)],
  always: [usageIn(LAST)],
};

test.each(Object.entries(PLACES))('usage in the place %s is read', async (_, last) => {
  const headers = { 'content-type': 'text/event-stream' };
  const chunks = [chunk({ delta: { content: 'x' } }), ...last, sse('[DONE]')];
  await using rig = await startRig([{ headers, chunks }]);
  await DOORS['REST over HTTP']?.stream(rig, { messages: [{ role: 'user', content: 'x' }] });
  expect((await rig.ended()).usage).toEqual({ inputTokens: 9, outputTokens: 12, source: 'provider' });
});

/** What vendors put where their models' reasoning stands; Mistral's stands in parts of the content. */
const THOUGHTS: Readonly<Record<string, unknown>> = {
  content: [{ type: 'thinking', thinking: [{ type: 'text', text: 'hm' }] }],
  reasoning: 'hm',
  reasoning_content: 'hm',
};

test.each([...new Set(Object.values(PRESETS).flatMap(({ reasoningField }) => reasoningField ?? []))])(
  'reasoning in the field %s is a first token, and passes as it came',
  async (field) => {
    const delta = { role: 'assistant', [field]: THOUGHTS[field] };
    const thinking: Reply = { headers: { 'content-type': 'text/event-stream' }, chunks: [chunk({ delta })] };
    await using rig = await startRig([thinking, chatStream({ content: 'too late' })]);
    const told = await DOORS['REST over HTTP']?.stream(rig, { messages: [{ role: 'user', content: 'x' }] });
    expect(told).toMatchObject({ code: 'upstream_truncated', chunks: [{ choices: [{ delta }] }] });
    expect(rig.upstreams.map(({ hits }) => hits.length)).toEqual([1, 0]);
  },
);

function timeoutsOf(entry: object, timeouts: object = {}): unknown {
  const config = { providers: { openai: { preset: 'openai' } }, chains: { c: { entries: [entry], timeouts } } };
  const result = parseConfig(config, VARIABLES);
  if (!result.ok) throw new Error(formatProblems('x', result.problems));
  return toSnapshot(result.config).chains.get('c')?.entries[0]?.timeouts;
}

function problemsOf(preset: string): unknown {
  const result = parseConfig({ providers: { p: { preset } }, chains: { c: { entries: ['p/m'] } } }, {});
  return result.ok ? [] : result.problems.map(({ path, message }) => `${path}: ${message}`);
}

test('a model that thinks gets time to, unless its entry says otherwise', () => {
  const o3 = { provider: 'openai', model: 'o3-mini' };
  // For streams alone: the head of a JSON answer may come as late as the whole of it.
  expect(timeoutsOf(o3)).toMatchObject({ streamStart: 300_000, firstToken: undefined, headers: undefined });
  expect(timeoutsOf({ ...o3, reasoning: false })).toMatchObject({ streamStart: 60_000 });
  expect(timeoutsOf({ ...o3, model: 'gpt-4.1-mini' })).toMatchObject({ streamStart: 60_000 });
  expect(timeoutsOf(o3, { firstToken: '9m' })).toMatchObject({ firstToken: 540_000 });
});

test.each(Object.entries(RETIRED))('%s is told to be retired', (preset, message) => {
  const result = parseConfig({ providers: { p: { preset } }, chains: { c: { entries: ['p/m'] } } }, {});
  expect(result).toEqual({ ok: false, problems: [{ path: 'providers.p.preset', message }] });
});

test('what a preset needs and the environment has not is a problem that names it', () => {
  expect(problemsOf('groq')).toEqual(['providers.p.apiKey: is missing, and GROQ_API_KEY is not set']);
  expect(problemsOf('azure')).toEqual([
    'providers.p.baseUrl: is missing, and its preset needs the variable AZURE_OPENAI_ENDPOINT',
    'providers.p.apiKey: is missing, and AZURE_OPENAI_API_KEY or AZURE_API_KEY is not set',
  ]);
  expect(problemsOf('ollama')).toEqual([]);
});

test('the document names every preset, its variable and what is mended for it', () => {
  const text = readFileSync(join(import.meta.dirname, '..', '..', 'docs', 'vendors.md'), 'utf8');
  for (const [name, { keyVariables, cost, quirks }] of Object.entries(PRESETS)) {
    const row = text.split('\n').find((line) => line.startsWith(`| \`${name}\` |`)) ?? '';
    const cells = row.split('|').map((cell) => cell.trim());
    const mended = [
      ...quirks.rejects.map((field) => `no \`${field}\``),
      ...Object.entries(quirks.renames).map(([from, to]) => `\`${from}\` as \`${to}\``),
      ...(quirks.streamOptions ? [] : ['no `stream_options`']),
      ...(quirks.developerRole ? [] : ['`developer` as `system`']),
      ...(quirks.messageRejects.length === 0 ? [] : ['no echoes']),
      ...(quirks.mendToolCalls ? ['tool calls'] : []),
    ];
    expect(cells.slice(2, 5)).toEqual([keyVariables.map((each) => `\`${each}\``).join(', '), cost, mended.join(', ')]);
  }
});

const lengthOf = (window: string): string => (window.endsWith('Day') ? 'a day' : 'a minute');

/** How a row's rules are told. */
function tellingOf({
  requestsWindow,
  tokensWindow,
  minute,
  day,
  refills,
  reservesOutput,
  sharedBy,
}: LimitRules): string[] {
  const spentBack = minute === 'fixed' ? "with the clock's minute" : 'at the reset';
  return [
    requestsWindow === undefined || tokensWindow === undefined
      ? 'only that nothing is left'
      : `requests of ${lengthOf(requestsWindow)}, tokens of ${lengthOf(tokensWindow)}`,
    { rolling: 'after 24 hours', UTC: 'at midnight UTC', 'America/Los_Angeles': 'at midnight in California' }[day],
    refills ? 'by and by' : spentBack,
    reservesOutput ? 'yes' : 'no',
    typeof sharedBy === 'object'
      ? `names that end in \`${sharedBy.suffix}\``
      : { none: 'each model', all: 'all models' }[sharedBy],
  ];
}

test('the document tells how every vendor counts that does not count as most do', () => {
  const text = readFileSync(join(import.meta.dirname, '..', '..', 'docs', 'vendors.md'), 'utf8');
  const [, counting = ''] = text.split('## How they count');
  const rows = counting.split('\n').filter((line) => line.startsWith('| `'));
  const cells = rows.map((line) => line.split(' | ').map((cell) => cell.replaceAll(/^\| | \|$/g, '')));
  const known = Object.entries(PRESETS).filter(([, { limitRules }]) => !isDeepStrictEqual(limitRules, PLAIN_RULES));
  expect(cells).toEqual(known.map(([name, { limitRules }]) => [`\`${name}\``, ...tellingOf(limitRules)]));
});
