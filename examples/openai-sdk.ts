// Streams with the openai package: the gateway is its base URL.
// Run `npm start`, and in another terminal: npm run example examples/openai-sdk.ts
import OpenAI from 'openai';

const baseURL = `${process.env['SPILLWAY_URL'] ?? 'http://127.0.0.1:4141'}/v1`;
const client = new OpenAI({ baseURL, apiKey: 'none' });

const stream = await client.chat.completions.create({
  model: 'default',
  messages: [{ role: 'user', content: 'Hello' }],
  stream: true,
});
for await (const chunk of stream) process.stdout.write(chunk.choices[0]?.delta.content ?? '');
process.stdout.write('\n');
