// Streams with the typed client: its types are inferred from the gateway's router.
// Run `npm start`, and in another terminal: npm run example examples/typed-client.ts
import { createClient, SpillwayError } from 'spillway/client';

const client = createClient({ url: process.env['SPILLWAY_URL'] ?? 'http://127.0.0.1:4141' });

try {
  const stream = client.chat.completions.stream(
    { messages: [{ role: 'user', content: 'Hello' }] },
    { signal: AbortSignal.timeout(60_000) },
  );
  for await (const chunk of stream) process.stdout.write(chunk.choices[0]?.delta.content ?? '');
  process.stdout.write('\n');
} catch (error) {
  if (!(error instanceof SpillwayError)) throw error;
  process.stderr.write(`${error.code}: ${error.message}\n`);
  process.exitCode = 1;
}
