import { useQuery, useQueryClient } from '@tanstack/react-query';
import type { Session } from 'spillway/client';
import { type ReactElement, type ReactNode, useEffect } from 'react';
import { onRefusal } from '../api/refusal.ts';
import { SESSION_KEY, sessionQuery } from '../api/session.ts';
import { ErrorPanel } from '../parts/error-panel.tsx';
import { Login } from './login.tsx';

/** Shows its children to a viewer or an admin, and a login to every other session. */
export function SessionGate({ children }: { readonly children: ReactNode }): ReactElement | null {
  const { data, error, refetch } = useQuery(sessionQuery);
  const queries = useQueryClient();
  useEffect(() => onRefusal(() => void queries.invalidateQueries({ queryKey: SESSION_KEY })), [queries]);
  if (data === undefined && error === null) return null;
  if (data === undefined)
    return (
      <main className="alone">
        <ErrorPanel what="The gateway’s answer could not be read." error={error} onRetry={() => void refetch()} />
      </main>
    );
  return mayRead(data) ? <>{children}</> : <Login session={data} />;
}

function mayRead({ authenticated, role }: Session): boolean {
  return authenticated && (role === 'viewer' || role === 'admin');
}
