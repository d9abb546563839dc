import { Agent, OpenAIProvider, Runner, tool } from '@openai/agents';
import OpenAI from 'openai';
import { z } from 'zod';
import { type Framework, QUESTION, weatherIn } from './framework.ts';

function runnerOf(base: string): Runner {
  const openAIClient = new OpenAI({ baseURL: `${base}/v1`, apiKey: 'x', maxRetries: 0 });
  return new Runner({
    modelProvider: new OpenAIProvider({ openAIClient, useResponses: true }),
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

async function streamed(agent: typeof plain, base: string): Promise<string> {
  const result = await runnerOf(base).run(agent, QUESTION, { stream: true, maxTurns: 3 });
  for await (const _ of result);
  await result.completed;
  return result.finalOutput ?? '';
}

/** OpenAI's agents SDK over the Responses API. */
export const AGENTS_SDK: Framework = {
  api: 'responses',
  streams: (base) => streamed(plain, base),
  asks: async (base) => (await runnerOf(base).run(plain, QUESTION)).finalOutput ?? '',
  calls: (base) => streamed(forecaster, base),
  parses: async (base) => (await runnerOf(base).run(finder, QUESTION)).finalOutput?.city ?? '',
};
