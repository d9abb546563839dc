import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { describe, expect, test } from 'vitest';
import { NO_QUIRKS } from '../../src/catalog/preset.ts';
import { PRESETS, RETIRED } from '../../src/catalog/presets.ts';
import { parseConfig } from '../../src/config/load.ts';
import { type LimitRules, PLAIN_RULES } from '../../src/domain/limits.ts';
import { formatProblems } from '../../src/config/problems.ts';
import { toSnapshot } from '../../src/config/snapshot.ts';
import { chatCompletion, chatStream, chunk, fieldsOf, type Reply, sse } from '../../src/testing/index.ts';
import { DOORS } from '../helpers/doors.ts';
import { startRig } from '../helpers/gateway.ts';

/** The environment variables of all presets, so that each preset can be used. */
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

/** How providers refuse an unknown field. */
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

/** Every field that some preset removes or renames, and some that no preset changes. */
const EVERYTHING = {
  model: 'default',
  messages: [
    { role: 'developer' as const, content: 'Be brief.' },
    { role: 'user' as const, content: 'Say developer.' },
    // As it was in an answer, for clients that send the conversation back.
    {
      role: 'assistant' as const,
      content: null,
      refusal: null,
      reasoning: 'hm',
      reasoning_details: [{ type: 'reasoning.text', text: 'hm' }],
      annotations: [],
      audio: null,
      tool_calls: [
        {
          id: 'call_1',
          type: 'function' as const,
          function: { name: 'f', arguments: '{}', thought_signature: 'x' },
          extra_content: { google: { thought_signature: 'x' } },
        },
      ],
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
  const isChat = preset.dialect === 'openai';

  test('has an address, and a key unless it is a local server', () => {
    const { target, sources } = snapshotOf(name);
    expect(target?.baseUrl).toMatch(/^https?:\/\/[^{}]+[^/{}]$/);
    expect(target?.apiKey).toBe(preset.keyVariables[0] && `key-of-${preset.keyVariables[0]}-0123456789`);
    expect(sources.get('p')).toBe(preset.keyVariables[0] ?? 'none');
  });

  test('uses the base URL of its environment variable', () => {
    const { target } = snapshotOf(name, { ...VARIABLES, [preset.baseUrlVariable]: 'http://127.0.0.1:1/v9' });
    expect(target?.baseUrl).toBe('http://127.0.0.1:1/v9');
  });

  if (isChat)
    test.each(['create', 'stream'] as const)(
      'gets no field from %s that it refuses, and every other one',
      async (operation) => {
        const { rejects, renames, streamOptions, developerRole, messageRejects, callRejects, callIds } = preset.quirks;
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
          const foreign = callRejects.find((member) => JSON.stringify(fields['messages']).includes(`"${member}":`));
          if (foreign !== undefined) return (REFUSALS[name] ?? refusal)(`messages.2.tool_calls.0.${foreign}`);
          return fields['stream'] === true ? chatStream({ content: 'x' }) : chatCompletion({ content: 'x' });
        };
        await using strict = await startRig([script], { provider: { preset: name, apiKey: 'k'.repeat(12) } });
        const outcome = await DOORS['REST over HTTP']?.[operation](strict, EVERYTHING);
        expect([outcome?.code, outcome?.message]).toEqual(['ok', undefined]);
        const [hit] = strict.upstreams[0]?.hits ?? [];
        const sent = hit === undefined ? {} : fieldsOf(hit);
        const kept = Object.keys(EVERYTHING).filter((field) => !unknown.includes(field));
        expect(Object.keys(sent)).toEqual(expect.arrayContaining([...kept, ...Object.values(renames)]));
        const [, user, assistant, tool] = EVERYTHING.messages;
        const id = callIds === 'any' ? 'call_1' : expect.stringMatching(/^[a-zA-Z0-9]{9}$/);
        const [call] = assistant?.tool_calls ?? [];
        const bare = { id, type: 'function', function: { name: 'f', arguments: '{}' } };
        const calls = [callRejects.length === 0 ? call : bare];
        const echoed =
          messageRejects.length === 0
            ? { ...assistant, tool_calls: calls }
            : { role: 'assistant', content: null, tool_calls: calls };
        const answered = { ...tool, tool_call_id: id };
        expect(Array.isArray(sent['messages']) && sent['messages'].slice(1)).toEqual([user, echoed, answered]);
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
] as const)(
  '%s gets a request for %s with the fields that the model accepts',
  async (preset, model, removed, limit) => {
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
    const kept = Object.fromEntries(Object.entries(others).filter(([name]) => !removed.some((each) => each === name)));
    expect(sent).toEqual({ model, messages: [{ role: 'user', content: 'x' }], ...kept, ...limit });
  },
);

test('every provider has its address, key variable and cost', () => {
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
    ['openai-responses', 'https://api.openai.com/v1', 'OPENAI_API_KEY', 'paid'],
    ['azure', '{AZURE_OPENAI_ENDPOINT}/openai/v1', 'AZURE_OPENAI_API_KEY', 'paid'],
    ['anthropic', 'https://api.anthropic.com', 'ANTHROPIC_API_KEY', 'paid'],
    ['anthropic-compat', 'https://api.anthropic.com/v1', 'ANTHROPIC_API_KEY', 'paid'],
    ['deepseek', 'https://api.deepseek.com', 'DEEPSEEK_API_KEY', 'paid'],
    ['xai', 'https://api.x.ai/v1', 'XAI_API_KEY', 'paid'],
    ['together', 'https://api.together.xyz/v1', 'TOGETHER_API_KEY', 'paid'],
    ['fireworks', 'https://api.fireworks.ai/inference/v1', 'FIREWORKS_API_KEY', 'paid'],
    ['deepseek-anthropic', 'https://api.deepseek.com/anthropic', 'DEEPSEEK_API_KEY', 'paid'],
    ['moonshot-anthropic', 'https://api.moonshot.ai/anthropic', 'MOONSHOT_API_KEY', 'paid'],
    ['zai-anthropic', 'https://api.z.ai/api/anthropic', 'ZAI_API_KEY', 'paid'],
    ['minimax-anthropic', 'https://api.minimax.io/anthropic', 'MINIMAX_API_KEY', 'paid'],
    ['ollama', 'http://localhost:11434/v1', undefined, 'local'],
    ['lmstudio', 'http://localhost:1234/v1', undefined, 'local'],
    ['llamacpp', 'http://localhost:8080/v1', undefined, 'local'],
    ['vllm', 'http://localhost:8000/v1', undefined, 'local'],
    ['sglang', 'http://localhost:30000/v1', undefined, 'local'],
  ]);
});

test('fields that a provider is known to refuse are in its preset', () => {
  const refused: Readonly<Record<string, readonly string[]>> = {
    mistral: ['store', 'user', 'logit_bias', 'logprobs', 'max_completion_tokens', 'seed', 'stream_options'],
    groq: ['store', 'metadata', 'logprobs', 'logit_bias'],
    'gemini-compat': ['store', 'logit_bias'],
    'cohere-compat': ['store', 'metadata', 'logit_bias', 'prediction', 'audio', 'parallel_tool_calls'],
    ollama: ['max_completion_tokens'],
  };
  for (const [name, fields] of Object.entries(refused)) {
    const { rejects, renames, streamOptions } = PRESETS[name]?.quirks ?? NO_QUIRKS;
    const changed = [...rejects, ...Object.keys(renames), ...(streamOptions ? [] : ['stream_options'])];
    expect(changed).toEqual(expect.arrayContaining([...fields]));
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
] as const)('the reasoning models of %s are recognised by their names', (preset, reasoning, others) => {
  const matches = (model: string): boolean => PRESETS[preset]?.reasoning?.test(model) === true;
  expect([reasoning.filter((model) => !matches(model)), others.filter(matches)]).toEqual([[], []]);
});

/** The usage that a stream reports. */
const USAGE = { prompt_tokens: 9, completion_tokens: 12, total_tokens: 21 };
const usageIn = (choices: readonly object[]): string =>
  sse({ id: 'x', object: 'chat.completion.chunk', created: 1, model: 'm', choices, usage: USAGE });
const LAST = [{ index: 0, delta: {}, finish_reason: 'stop' }];
const USAGE_CHUNKS: Readonly<Record<(typeof PRESETS)[string]['usage'], readonly string[]>> = {
  'own-event': [chunk({ finish: 'stop' }), usageIn([])],
  'last-chunk': [usageIn(LAST)],
  always: [usageIn(LAST)],
};

test.each(Object.entries(USAGE_CHUNKS))('usage that a provider reports as %s is read', async (_, last) => {
  const headers = { 'content-type': 'text/event-stream' };
  const chunks = [chunk({ delta: { content: 'x' } }), ...last, sse('[DONE]')];
  await using rig = await startRig([{ headers, chunks }]);
  await DOORS['REST over HTTP']?.stream(rig, { messages: [{ role: 'user', content: 'x' }] });
  expect((await rig.ended()).usage).toEqual({ input: 9, output: 12, source: 'provider' });
});

const THOUGHT = [{ type: 'thinking', thinking: [{ type: 'text', text: 'hm' }] }];
/** Examples of reasoning by field, as sent and as received. Mistral sends it as parts of the content. */
const REASONING: Readonly<Record<string, readonly [sent: object, received: object]>> = {
  content: [{ content: THOUGHT }, { content: '', reasoning_content: 'hm' }],
  reasoning: [{ reasoning: 'hm' }, { reasoning: 'hm' }],
  reasoning_content: [{ reasoning_content: 'hm' }, { reasoning_content: 'hm' }],
};

test.each([...new Set(Object.values(PRESETS).flatMap(({ reasoningField }) => reasoningField ?? []))])(
  'reasoning in the field %s is a first token and reaches the client as a text',
  async (field) => {
    const [sent, received] = REASONING[field] ?? [{}, {}];
    const delta = { role: 'assistant', ...sent };
    const reasoning: Reply = { headers: { 'content-type': 'text/event-stream' }, chunks: [chunk({ delta })] };
    await using rig = await startRig([reasoning, chatStream({ content: 'too late' })]);
    const outcome = await DOORS['REST over HTTP']?.stream(rig, { messages: [{ role: 'user', content: 'x' }] });
    expect(outcome).toMatchObject({ code: 'upstream_truncated', chunks: [{ choices: [{ delta: received }] }] });
    expect(rig.upstreams.map(({ hits }) => hits.length)).toEqual([1, 0]);
  },
);

function timeoutsOf(entry: object, timeouts: object = {}): unknown {
  const config = { providers: { openai: { preset: 'openai' } }, chains: { c: { entries: [entry], timeouts } } };
  const result = parseConfig(config, VARIABLES);
  if (!result.ok) throw new Error(formatProblems('x', result.problems));
  return toSnapshot(result.config).chains.get('c')?.entries[0]?.timeouts;
}

test('the fields that presets remove from messages and calls are in docs/providers.md', () => {
  const text = readFileSync(join(import.meta.dirname, '..', '..', 'docs', 'providers.md'), 'utf8');
  const fields = Object.values(PRESETS).flatMap(({ quirks }) => [...quirks.messageRejects, ...quirks.callRejects]);
  expect([...new Set(fields)].filter((field) => !text.includes(`\`${field}\``))).toEqual([]);
});

test('only the reasoning models of deepseek get a blank for missing reasoning', () => {
  const filled = Object.entries(PRESETS).filter(([, { quirks, reasoningQuirks }]) => {
    expect(quirks.fillsReasoning).toBe(false);
    return reasoningQuirks.fillsReasoning;
  });
  expect(filled.map(([name]) => name)).toEqual(['deepseek']);
});

function problemsOf(preset: string): unknown {
  const result = parseConfig({ providers: { p: { preset } }, chains: { c: { entries: ['p/m'] } } }, {});
  return result.ok ? [] : result.problems.map(({ path, message }) => `${path}: ${message}`);
}

test('a reasoning model gets a longer time to its first token, unless its entry is configured otherwise', () => {
  const o3 = { provider: 'openai', model: 'o3-mini' };
  // For streams only: a provider may send the head of a JSON answer together with the whole answer.
  expect(timeoutsOf(o3)).toMatchObject({ streamStart: 300_000, firstToken: undefined, headers: undefined });
  expect(timeoutsOf({ ...o3, reasoning: false })).toMatchObject({ streamStart: 60_000 });
  expect(timeoutsOf({ ...o3, model: 'gpt-4.1-mini' })).toMatchObject({ streamStart: 60_000 });
  expect(timeoutsOf(o3, { firstToken: '9m' })).toMatchObject({ firstToken: 540_000 });
});

test.each(Object.entries(RETIRED))('the preset %s is reported as retired', (preset, message) => {
  const result = parseConfig({ providers: { p: { preset } }, chains: { c: { entries: ['p/m'] } } }, {});
  expect(result).toMatchObject({ ok: false, problems: [{ path: 'providers.p.preset', message }] });
});

test('a variable that a preset needs and the environment does not set is a problem that names it', () => {
  expect(problemsOf('groq')).toEqual([
    'providers.p.apiKey: environment variable GROQ_API_KEY is not set; set it or write apiKey',
  ]);
  expect(problemsOf('azure')).toEqual([
    'providers.p.baseUrl: environment variable AZURE_OPENAI_ENDPOINT is not set; set it or write baseUrl',
    'providers.p.apiKey: environment variables AZURE_OPENAI_API_KEY and AZURE_API_KEY are not set; set one of them or write apiKey',
  ]);
  expect(problemsOf('ollama')).toEqual([]);
});

test('docs/providers.md lists every preset, its variables and what is changed for it', () => {
  const text = readFileSync(join(import.meta.dirname, '..', '..', 'docs', 'providers.md'), 'utf8');
  for (const [name, { keyVariables, cost, quirks }] of Object.entries(PRESETS)) {
    const row = text.split('\n').find((line) => line.startsWith(`| \`${name}\` |`)) ?? '';
    const cells = row.split('|').map((cell) => cell.trim());
    const changes = [
      ...quirks.rejects.map((field) => `no \`${field}\``),
      ...Object.entries(quirks.renames).map(([from, to]) => `\`${from}\` as \`${to}\``),
      ...(quirks.streamOptions ? [] : ['no `stream_options`']),
      ...(quirks.developerRole ? [] : ['`developer` as `system`']),
      ...(quirks.messageRejects.length === 0 ? [] : ['no echoes']),
      ...(quirks.callRejects.length === 0 ? [] : ['no foreign call fields']),
      ...(quirks.callIds === 'any' ? [] : ['call ids']),
      ...(quirks.mendToolCalls ? ['tool calls'] : []),
      ...(quirks.betas?.length === 0 ? ['no betas'] : []),
    ];
    expect(cells.slice(2, 5)).toEqual([keyVariables.map((each) => `\`${each}\``).join(', '), cost, changes.join(', ')]);
  }
});

const lengthOf = (window: string): string => (window.endsWith('Day') ? 'a day' : 'a minute');

/** The cells of a preset's limit rules in docs/providers.md. */
function ruleCells({
  requestsWindow,
  tokensWindow,
  minute,
  day,
  refills,
  reservesOutput,
  sharedBy,
}: LimitRules): string[] {
  const spentBack = minute === 'fixed' ? 'at the next clock minute' : 'at the reset';
  return [
    requestsWindow === undefined || tokensWindow === undefined
      ? 'only that a limit is exhausted'
      : `requests of ${lengthOf(requestsWindow)}, tokens of ${lengthOf(tokensWindow)}`,
    { rolling: 'after 24 hours', UTC: 'at midnight UTC', 'America/Los_Angeles': 'at midnight US Pacific time' }[day],
    refills ? 'gradually' : spentBack,
    reservesOutput ? 'yes' : 'no',
    typeof sharedBy === 'object'
      ? `names that end in \`${sharedBy.suffix}\``
      : { none: 'each model', all: 'all models' }[sharedBy],
  ];
}

test('docs/providers.md lists how each provider counts whose rules differ from the default', () => {
  const text = readFileSync(join(import.meta.dirname, '..', '..', 'docs', 'providers.md'), 'utf8');
  const [, counting = ''] = text.split('## How providers count');
  const rows = counting.split('\n').filter((line) => line.startsWith('| `'));
  const cells = rows.map((line) => line.split(' | ').map((cell) => cell.replaceAll(/^\| | \|$/g, '')));
  const known = Object.entries(PRESETS).filter(([, { limitRules }]) => !isDeepStrictEqual(limitRules, PLAIN_RULES));
  expect(cells).toEqual(known.map(([name, { limitRules }]) => [`\`${name}\``, ...ruleCells(limitRules)]));
});
