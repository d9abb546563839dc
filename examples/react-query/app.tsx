import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { createTRPCClient, httpBatchLink, httpSubscriptionLink, splitLink } from '@trpc/client';
import { createRoot } from 'react-dom/client';
import type { AppRouter } from 'spillway/client';
import { Chat } from './chat.tsx';
import { TRPCProvider } from './trpc.ts';

/**
 * Shows the chat in an element. `url` is the mount of the gateway.
 * Returns a function that unmounts it.
 */
export function mount(element: HTMLElement, url: string): () => void {
  const trpc = `${url}/trpc`;
  const trpcClient = createTRPCClient<AppRouter>({
    links: [
      splitLink({
        condition: ({ type }) => type === 'subscription',
        // Reconnects by itself, and goes on behind the last event of the run.
        true: httpSubscriptionLink({ url: trpc }),
        false: httpBatchLink({ url: trpc }),
      }),
    ],
  });
  const queryClient = new QueryClient();
  const root = createRoot(element);
  root.render(
    <QueryClientProvider client={queryClient}>
      <TRPCProvider trpcClient={trpcClient} queryClient={queryClient}>
        <Chat />
      </TRPCProvider>
    </QueryClientProvider>,
  );
  return () => root.unmount();
}
