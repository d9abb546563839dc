import { Agent, OpenAIProvider, Runner, tool } from '@openai/agents';
import OpenAI from 'openai';
import { z } from 'zod';
import { type Framework, QUESTION, weatherIn } from './framework.ts';

function runnerOf(base: string, useResponses: boolean): Runner {
  const openAIClient = new OpenAI({ baseURL: `${base}/v1`, apiKey: 'x', maxRetries: 0 });
  return new Runner({
    modelProvider: new OpenAIProvider({ openAIClient, useResponses }),
    tracingDisabled: true,
  });
}

const weather = tool({
  name: 'get_weather',
  description: 'The weather in a city.',
  parameters: z.object({ city: z.string() }),
  execute: ({ city }) => weatherIn(city),
});
const plain = new Agent({ name: 'plain', instructions: 'Answer shortly.', model: 'default' });
const forecaster = plain.clone({ name: 'forecaster', tools: [weather] });

const finder = new Agent({ name: 'finder', model: 'default', outputType: z.object({ city: z.string() }) });

const frameworkOf = (api: 'responses' | 'chat'): Framework => {
  const runner = (base: string): Runner => runnerOf(base, api === 'responses');
  const streamed = async (agent: typeof plain, base: string): Promise<string> => {
    const result = await runner(base).run(agent, QUESTION, { stream: true, maxTurns: 3 });
    for await (const _ of result);
    await result.completed;
    return result.finalOutput ?? '';
  };
  return {
    api,
    streams: (base) => streamed(plain, base),
    asks: async (base) => (await runner(base).run(plain, QUESTION)).finalOutput ?? '',
    calls: (base) => streamed(forecaster, base),
    parses: async (base) => (await runner(base).run(finder, QUESTION)).finalOutput?.city ?? '',
  };
};

/** OpenAI's agents SDK over the Responses API. */
export const AGENTS_SDK = frameworkOf('responses');

/** The same over Chat Completions. */
export const AGENTS_SDK_CHAT = frameworkOf('chat');
