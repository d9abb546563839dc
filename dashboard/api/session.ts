import { queryOptions, useSuspenseQuery } from '@tanstack/react-query';
import type { Session } from 'spillway/client';
import { client } from './client.ts';

/** Key of the session in the cache. */
export const SESSION_KEY = ['session'] as const;

/** The identity under which the gateway serves the browser. Read again when the window is focused, so that a revoked key ends the page too. */
export const sessionQuery = queryOptions({
  queryKey: SESSION_KEY,
  queryFn: ({ signal }) => client.sessions.retrieve(undefined, { signal }),
  staleTime: 60_000,
});

/** The session of the logged-in browser. For components below the shell, which is drawn only once it is known. */
export function useSession(): Session {
  return useSuspenseQuery(sessionQuery).data;
}

/** Whether the session may change things. What a viewer may not do is not on the page. */
export function useIsAdmin(): boolean {
  return useSession().role === 'admin';
}
