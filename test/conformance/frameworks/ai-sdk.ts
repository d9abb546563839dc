import { createAnthropic } from '@ai-sdk/anthropic';
import { createOpenAI } from '@ai-sdk/openai';
import { generateText, isStepCount, type LanguageModel, Output, streamText, tool } from 'ai';
import { z } from 'zod';
import { type Framework, QUESTION, weatherIn } from './framework.ts';

const weather = tool({
  description: 'The weather in a city.',
  inputSchema: z.object({ city: z.string() }),
  execute: ({ city }) => weatherIn(city),
});

type ProviderOptions = NonNullable<Parameters<typeof generateText>[0]['providerOptions']>;

interface Options {
  readonly tools?: { readonly get_weather: typeof weather };
  readonly providerOptions?: ProviderOptions;
}

// Its warnings are about models that it does not know.
Object.assign(globalThis, { AI_SDK_LOG_WARNINGS: false });

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

/** What makes a model of each kind. */
interface Kind extends Pick<Framework, 'api' | 'config'> {
  readonly modelAt: (base: string) => LanguageModel;
  readonly providerOptions?: ProviderOptions;
}

const frameworkOf = ({ modelAt, providerOptions = {}, ...kind }: Kind): Framework => ({
  ...kind,
  streams: (base) => streamed(modelAt(base), { providerOptions }),
  async asks(base) {
    const { text } = await generateText({ model: modelAt(base), prompt: QUESTION, maxRetries: 0, providerOptions });
    return text;
  },
  async parses(base) {
    const { output } = await generateText({
      model: modelAt(base),
      prompt: QUESTION,
      output: Output.object({ schema: z.object({ city: z.string() }) }),
      maxRetries: 0,
      providerOptions,
    });
    return output.city;
  },
  calls: (base) => streamed(modelAt(base), { tools: { get_weather: weather }, providerOptions }),
});

const openaiAt = (base: string): LanguageModel => createOpenAI({ baseURL: `${base}/v1`, apiKey: 'x' })('default');

/** The AI SDK with its package for OpenAI, which speaks the Responses API and refers to items of earlier answers by their ids. */
export const AI_SDK_OPENAI = frameworkOf({
  api: 'responses',
  config: { responses: { store: 'memory' } },
  modelAt: openaiAt,
});

/** The same without state. */
export const AI_SDK_OPENAI_STATELESS = frameworkOf({
  api: 'responses',
  modelAt: openaiAt,
  providerOptions: { openai: { store: false } },
});

/** The same over Chat Completions. */
export const AI_SDK_OPENAI_CHAT = frameworkOf({
  api: 'chat',
  modelAt: (base) => createOpenAI({ baseURL: `${base}/v1`, apiKey: 'x' }).chat('default'),
});

/** The AI SDK with its package for Anthropic. */
export const AI_SDK_ANTHROPIC = frameworkOf({
  api: 'messages',
  modelAt: (base) => createAnthropic({ baseURL: `${base}/v1`, apiKey: 'x' })('default'),
});
