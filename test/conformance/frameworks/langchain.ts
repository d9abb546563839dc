import { ChatAnthropic } from '@langchain/anthropic';
import { type AIMessageChunk, HumanMessage, type BaseMessage, ToolMessage } from '@langchain/core/messages';
import { tool } from '@langchain/core/tools';
import { concat } from '@langchain/core/utils/stream';
import { z } from 'zod';
import { type Framework, QUESTION, weatherIn } from './framework.ts';

const modelAt = (anthropicApiUrl: string): ChatAnthropic =>
  new ChatAnthropic({ model: 'default', apiKey: 'x', anthropicApiUrl, maxRetries: 0, maxTokens: 500 });

const weather = tool(({ city }) => weatherIn(city), {
  name: 'get_weather',
  description: 'The weather in a city.',
  schema: z.object({ city: z.string() }),
});

/** Puts a stream together. */
async function whole(stream: AsyncIterable<AIMessageChunk>): Promise<AIMessageChunk> {
  const [first, ...rest] = await Array.fromAsync(stream);
  if (first === undefined) throw new Error('The stream has no pieces.');
  return rest.reduce((all, chunk) => concat(all, chunk), first);
}

/** LangChain's model for Anthropic, with a bound tool. */
export const LANGCHAIN_ANTHROPIC: Framework = {
  api: 'messages',
  streams: async (base) => (await whole(await modelAt(base).stream(QUESTION))).text,
  asks: async (base) => (await modelAt(base).invoke(QUESTION)).text,
  async parses(base) {
    const place = modelAt(base).withStructuredOutput(z.object({ city: z.string() }), { name: 'place' });
    return (await place.invoke(QUESTION)).city;
  },
  async calls(base) {
    const model = modelAt(base).bindTools([weather]);
    const messages: BaseMessage[] = [new HumanMessage(QUESTION)];
    for (let turn = 0; ; turn++) {
      const answer = await whole(await model.stream(messages));
      const calls = answer.tool_calls ?? [];
      if (calls.length === 0 || turn === 2) return answer.text;
      messages.push(answer);
      for (const { id = '', args } of calls) {
        messages.push(new ToolMessage({ tool_call_id: id, content: weatherIn(String(args['city'])) }));
      }
    }
  },
};
