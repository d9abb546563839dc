// Streams from a gateway in the same process, without a socket: the chain fails over from a busy provider to one that answers.
// Run: npm run example examples/in-process.ts
import { createGateway } from 'spillway';
import { startDemo } from 'spillway/testing';

await using demo = await startDemo();
await using gateway = await createGateway({
  providers: { busy: { baseUrl: demo.busy.baseUrl }, answering: { baseUrl: demo.answering.baseUrl } },
  chains: { default: { entries: ['busy/demo-model', 'answering/demo-model'] } },
  defaults: { chain: 'default' },
});

const stream = await gateway.caller.chat.completions.stream({ messages: [{ role: 'user', content: 'Hello' }] });
for await (const chunk of stream) process.stdout.write(chunk.choices[0]?.delta.content ?? '');
process.stdout.write('\n');
