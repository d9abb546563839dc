import { useMutation, useQueryClient } from '@tanstack/react-query';
import type { Session } from 'spillway/client';
import { type ReactElement, type SyntheticEvent, useState } from 'react';
import { client } from '../api/client.ts';
import { SESSION_KEY } from '../api/session.ts';
import { ErrorPanel } from '../parts/error-panel.tsx';
import { Mark } from '../parts/glyphs.tsx';

/**
 * Logs in with a key of the role viewer or admin. The key is sent once and kept nowhere: the gateway answers a cookie that scripts cannot
 * read.
 */
export function Login({ session }: { readonly session: Session }): ReactElement {
  const [key, setKey] = useState('');
  const queries = useQueryClient();
  const login = useMutation({
    mutationFn: () => client.sessions.create({ key: key.trim() }),
    onSuccess: async () => {
      setKey('');
      // What another session has read is not for this one.
      queries.removeQueries({ predicate: ({ queryKey }) => queryKey[0] !== SESSION_KEY[0] });
      await queries.resetQueries({ queryKey: SESSION_KEY });
    },
  });
  const { possible, problem } = session.login;
  const submit = (event: SyntheticEvent): void => {
    event.preventDefault();
    if (key.trim() !== '') login.mutate();
  };
  return (
    <main className="alone login">
      <p className="brand">
        <Mark />
        Spillway
      </p>
      <h1>Log in</h1>
      {session.authenticated && (
        <p className="soft">
          The key {session.name} has the role {session.role}, which may not read the gateway’s state.
        </p>
      )}
      {possible ? (
        <form onSubmit={submit}>
          <label className="field">
            <span>Key of a viewer or an admin</span>
            <input
              type="password"
              name="key"
              autoComplete="off"
              spellCheck={false}
              autoFocus
              required
              value={key}
              onChange={({ target }) => setKey(target.value)}
            />
          </label>
          <button type="submit" className="btn main" disabled={login.isPending}>
            Log in
          </button>
        </form>
      ) : (
        <p role="alert">{problem}</p>
      )}
      {login.error !== null && <ErrorPanel what="You are not logged in." error={login.error} />}
      <p className="small muted">
        An operator makes a key with <code>spillway keys create --role viewer --name me</code>. It is stored in no
        browser: the login ends after 12 hours without use.
      </p>
    </main>
  );
}
