import { createAnthropic } from '@ai-sdk/anthropic';
import { createOpenAI } from '@ai-sdk/openai';
import { generateText, isStepCount, type LanguageModel, streamText, tool } from 'ai';
import { z } from 'zod';
import { type Framework, QUESTION, weatherIn } from './framework.ts';

const weather = tool({
  description: 'The weather in a city.',
  inputSchema: z.object({ city: z.string() }),
  execute: ({ city }) => weatherIn(city),
});

interface Options {
  readonly tools?: { readonly get_weather: typeof weather };
}

/** The text of the last step. An error is a part of the stream. */
async function streamed(model: LanguageModel, options: Options = {}): Promise<string> {
  const result = streamText({
    model,
    prompt: QUESTION,
    maxRetries: 0,
    stopWhen: isStepCount(3),
    onError: () => undefined,
    ...options,
  });
  for await (const part of result.fullStream) {
    if (part.type === 'error' || part.type === 'tool-error') throw part.error;
  }
  return await result.text;
}

const frameworkOf = (api: Framework['api'], modelAt: (base: string) => LanguageModel): Framework => ({
  api,
  streams: (base) => streamed(modelAt(base)),
  asks: async (base) => (await generateText({ model: modelAt(base), prompt: QUESTION, maxRetries: 0 })).text,
  calls: (base) => streamed(modelAt(base), { tools: { get_weather: weather } }),
});

/** The AI SDK with its package for OpenAI, which speaks the Responses API. */
export const AI_SDK_OPENAI = frameworkOf('responses', (base) =>
  createOpenAI({ baseURL: `${base}/v1`, apiKey: 'x' })('default'),
);

/** The AI SDK with its package for Anthropic. */
export const AI_SDK_ANTHROPIC = frameworkOf('messages', (base) =>
  createAnthropic({ baseURL: `${base}/v1`, apiKey: 'x' })('default'),
);
