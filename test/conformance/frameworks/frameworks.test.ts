import { describe, expect, test } from 'vitest';
import { memberOf } from '../../../src/lib/record.ts';
import { fieldsOf, openaiError, type Reply, type ScriptedRequest } from '../../../src/testing/index.ts';
import type { Api, Said } from '../../helpers/vendors/said.ts';
import { saying, startVendor } from '../../helpers/vendors/vendor.ts';
import { AGENTS_SDK, AGENTS_SDK_CHAT } from './agents-sdk.ts';
import { AI_SDK_ANTHROPIC, AI_SDK_OPENAI, AI_SDK_OPENAI_CHAT, AI_SDK_OPENAI_STATELESS } from './ai-sdk.ts';
import { ANTHROPIC_SDK } from './anthropic-sdk.ts';
import { type Framework, weatherIn } from './framework.ts';
import { LANGCHAIN_ANTHROPIC } from './langchain.ts';
import { OPENAI_SDK } from './openai-sdk.ts';

const FRAMEWORKS: Readonly<Record<string, Framework>> = {
  '@anthropic-ai/sdk': ANTHROPIC_SDK,
  '@ai-sdk/anthropic': AI_SDK_ANTHROPIC,
  '@langchain/anthropic': LANGCHAIN_ANTHROPIC,
  'openai, responses': OPENAI_SDK,
  '@ai-sdk/openai': AI_SDK_OPENAI,
  '@ai-sdk/openai, stateless': AI_SDK_OPENAI_STATELESS,
  '@openai/agents': AGENTS_SDK,
  '@ai-sdk/openai, chat': AI_SDK_OPENAI_CHAT,
  '@openai/agents, chat': AGENTS_SDK_CHAT,
};
const PROVIDERS: readonly Api[] = ['messages', 'responses', 'chat'];

const ANSWER: Said = {
  reasoning: { text: 'I know what they want.', signature: 'c2lnbmVk' },
  text: 'It is sunny in Paris.',
};
const CALLING: Said = {
  reasoning: { text: 'I need the weather.', signature: 'c2lnbmVkIHRvbw' },
  text: 'I look it up. ',
  calls: ['Paris', 'Rome'].map((city, n) => ({ id: `call_weather${n}`, name: 'get_weather', input: { city } })),
};

/** The name of the only tool of a request. */
function toolIn(request: ScriptedRequest): string | undefined {
  const { tools } = fieldsOf(request);
  const tool: unknown = Array.isArray(tools) ? tools[0] : undefined;
  const name = memberOf(memberOf(tool, 'function') ?? tool, 'name');
  return typeof name === 'string' ? name : undefined;
}

const pairs = Object.entries(FRAMEWORKS).flatMap(([name, framework]) =>
  PROVIDERS.map((provider) => [name, provider, framework] as const),
);

describe.each(pairs)('%s over a provider of %s', (_, provider, framework) => {
  const { config = {} } = framework;

  test.each(['streams', 'asks'] as const)('%s a text', async (way) => {
    await using rig = await startVendor(provider, [ANSWER], { config });
    expect(await framework[way](rig.url)).toBe(ANSWER.text);
    expect((await rig.ended()).usage).toMatchObject({ input: 30, output: 12 });
  });

  test('runs the tools that the model calls', async () => {
    await using rig = await startVendor(provider, [CALLING, ANSWER], { config });
    expect(await framework.calls(rig.url)).toBe(ANSWER.text);
    const hits = rig.upstreams[0]?.hits ?? [];
    expect(hits).toHaveLength(2);
    const second = hits[1]?.body.toString('utf8');
    for (const city of ['Paris', 'Rome']) expect(second).toContain(weatherIn(city));
    for (const id of ['call_weather0', 'call_weather1']) expect(second).toContain(`"${id}"`);
    const anew = framework.beginsAnew?.includes(provider) === true;
    expect(rig.codes()).toEqual([...(anew ? ['invalid_request'] : []), 'ok', 'ok']);
  });

  test('parses an answer that follows a schema', async () => {
    // Some packages have a tool that takes the object, which the model must call.
    const answer = (request: ScriptedRequest): Reply => {
      const name = toolIn(request);
      const call = { id: 'call_place1', name: name ?? '', input: { city: 'Paris' } };
      return saying(provider, name === undefined ? { text: '{"city":"Paris"}' } : { calls: [call] })(request);
    };
    await using rig = await startVendor(provider, [answer], { config });
    expect(await framework.parses(rig.url)).toBe('Paris');
    expect(rig.upstreams[0]?.hits[0]?.body.toString('utf8')).toMatch(/"city":\{[^{}]*"type":"string"/);
  });

  test.each(['streams', 'asks'] as const)('raises an error before the first token (%s)', async (way) => {
    await using rig = await startVendor(provider, [openaiError(500, 'out of order')], { config });
    await expect(framework[way](rig.url)).rejects.toThrow('No entry could answer');
    expect(rig.codes()).toEqual(['all_providers_exhausted']);
  });

  test.each([
    ['an error within', 'error', 'upstream_failed', 'the engine stopped'],
    ['the cut of', 'cut', 'upstream_truncated', 'The connection to the provider was lost.'],
  ] as const)('raises %s a stream', async (__, ending, code, message) => {
    await using rig = await startVendor(provider, [saying(provider, ANSWER, ending)], { config });
    await expect(framework.streams(rig.url)).rejects.toThrow(message);
    expect(rig.codes()).toEqual([code]);
  });
});
