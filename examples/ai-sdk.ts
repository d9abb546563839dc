// Streams with the AI SDK from a gateway in the same process; names of models are those of the configuration.
// Run: npm run example examples/ai-sdk.ts
import { streamText } from 'ai';
import { createGateway, defineConfig } from 'spillway';
import { createSpillway } from 'spillway/ai';
import { startDemo } from 'spillway/testing';

await using demo = await startDemo();
const config = defineConfig({
  providers: { busy: { baseUrl: demo.busy.baseUrl }, answering: { baseUrl: demo.answering.baseUrl } },
  chains: { default: { entries: ['busy/demo-model', 'answering/demo-model'] } },
});
await using gateway = await createGateway(config);

// Over a URL: createSpillway<typeof config>({ baseURL: 'http://127.0.0.1:4141', apiKey }).
const spillway = createSpillway<typeof config>({ gateway });
const { textStream } = streamText({ model: spillway('default'), prompt: 'Hello', maxRetries: 0 });
for await (const piece of textStream) process.stdout.write(piece);
process.stdout.write('\n');
