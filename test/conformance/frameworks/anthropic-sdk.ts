import Anthropic from '@anthropic-ai/sdk';
import { betaZodTool } from '@anthropic-ai/sdk/helpers/beta/zod';
import { zodOutputFormat } from '@anthropic-ai/sdk/helpers/zod';
import { z } from 'zod';
import { type Framework, QUESTION, weatherIn } from './framework.ts';

const clientOf = (baseURL: string): Anthropic => new Anthropic({ baseURL, apiKey: 'x', maxRetries: 0 });
const BODY = {
  model: 'default',
  max_tokens: 500,
  messages: [{ role: 'user', content: QUESTION }],
} satisfies Anthropic.MessageCreateParams;

const textOf = (blocks: readonly { readonly type: string; readonly text?: string }[]): string =>
  blocks.map(({ type, text }) => (type === 'text' ? text : '')).join('');

const weather = betaZodTool({
  name: 'get_weather',
  description: 'The weather in a city.',
  inputSchema: z.object({ city: z.string() }),
  run: ({ city }) => weatherIn(city),
});

/** Anthropic's client for Node, with its tool runner. */
export const ANTHROPIC_SDK: Framework = {
  api: 'messages',
  // Its tool runner leaves the conversation with the vendor (`thread`), which no other API can carry.
  beginsAnew: ['responses', 'chat'],
  async streams(base) {
    return textOf((await clientOf(base).messages.stream(BODY).finalMessage()).content);
  },
  async asks(base) {
    return textOf((await clientOf(base).messages.create(BODY)).content);
  },
  async parses(base) {
    const format = zodOutputFormat(z.object({ city: z.string() }));
    const { parsed_output: parsed } = await clientOf(base).messages.parse({ ...BODY, output_config: { format } });
    return parsed?.city ?? '';
  },
  async calls(base) {
    const runner = clientOf(base).beta.messages.toolRunner({
      ...BODY,
      tools: [weather],
      stream: true,
      max_iterations: 3,
    });
    let text = '';
    for await (const stream of runner) text = textOf((await stream.finalMessage()).content);
    return text;
  },
};
