// Streams with tRPC's own client: by GET over the official link while the prompt fits a URL, by POST over `httpStreamLink` beyond.
// Run `npm start`, and in another terminal: npm run example examples/trpc-client.ts
import { createTRPCClient, httpBatchLink, httpSubscriptionLink, splitLink } from '@trpc/client';
import { EventSource } from 'eventsource';
import { type AppRouter, httpStreamLink } from 'spillway/client';

const url = `${process.env['SPILLWAY_URL'] ?? 'http://127.0.0.1:4141'}/trpc`;

const client = createTRPCClient<AppRouter>({
  links: [
    splitLink({
      condition: ({ type }) => type === 'subscription',
      true: splitLink({
        condition: ({ input }) => encodeURIComponent(JSON.stringify(input)).length > 8000,
        true: httpStreamLink({ url }),
        false: httpSubscriptionLink({ url, EventSource }),
      }),
      false: httpBatchLink({ url }),
    }),
  ],
});

const { promise, resolve, reject } = Promise.withResolvers<void>();
client.chat.completions.stream.subscribe(
  { messages: [{ role: 'user', content: 'Hello' }] },
  {
    onData: (chunk) => process.stdout.write(chunk.choices[0]?.delta.content ?? ''),
    onComplete: resolve,
    onError: reject,
  },
);
await promise;
process.stdout.write('\n');
