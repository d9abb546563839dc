import OpenAI from 'openai';
import { zodTextFormat } from 'openai/helpers/zod';
import type { ResponseInput } from 'openai/resources/responses/responses';
import { z } from 'zod';
import { fieldsOf } from '../../../src/lib/record.ts';
import { type Framework, QUESTION, weatherIn } from './framework.ts';

const clientOf = (base: string): OpenAI => new OpenAI({ baseURL: `${base}/v1`, apiKey: 'x', maxRetries: 0 });

const WEATHER = {
  type: 'function',
  name: 'get_weather',
  description: 'The weather in a city.',
  strict: true,
  parameters: {
    type: 'object',
    properties: { city: { type: 'string' } },
    required: ['city'],
    additionalProperties: false,
  },
} as const;

/** OpenAI's client for Node, over the Responses API and without state. */
export const OPENAI_SDK: Framework = {
  api: 'responses',
  async streams(base) {
    return (await clientOf(base).responses.stream({ model: 'default', input: QUESTION }).finalResponse()).output_text;
  },
  async asks(base) {
    return (await clientOf(base).responses.create({ model: 'default', input: QUESTION })).output_text;
  },
  async parses(base) {
    const format = zodTextFormat(z.object({ city: z.string() }), 'place');
    const { responses } = clientOf(base);
    return (await responses.parse({ model: 'default', input: QUESTION, text: { format } })).output_parsed?.city ?? '';
  },
  async calls(base) {
    const input: ResponseInput = [{ role: 'user', content: QUESTION }];
    for (let turn = 0; ; turn++) {
      const { output, output_text: text } = await clientOf(base)
        .responses.stream({
          model: 'default',
          input,
          tools: [WEATHER],
          store: false,
          include: ['reasoning.encrypted_content'],
        })
        .finalResponse();
      const calls = output.filter((item) => item.type === 'function_call');
      if (calls.length === 0 || turn === 2) return text;
      // Its own types of items that are sent and of those that are answered differ in what no model sends.
      input.push(...(output as ResponseInput));
      for (const { call_id, arguments: json } of calls) {
        const result = weatherIn(String(fieldsOf(JSON.parse(json))['city']));
        input.push({ type: 'function_call_output', call_id, output: result });
      }
    }
  },
};
