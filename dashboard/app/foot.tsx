import { useMutation, useQueryClient } from '@tanstack/react-query';
import { type ReactElement, useState } from 'react';
import { client } from '../api/client.ts';
import { useSession } from '../api/session.ts';
import { openShortcuts } from './shortcuts.tsx';
import { chooseTheme, storedTheme, THEMES } from './theme.ts';

/** Facts about the gateway and the session, below the menu. */
export function Foot(): ReactElement {
  const { store, version, via, name, role } = useSession();
  return (
    <div className="foot">
      {store !== null && (
        <div>
          <span>store</span>
          <span className={store === 'down' ? 'bad' : undefined}>{store}</span>
        </div>
      )}
      {version !== null && (
        <div>
          <span>version</span>
          <span>{version}</span>
        </div>
      )}
      <ThemeSwitch />
      <div>
        <span>shortcuts</span>
        <button type="button" className="plain" aria-label="Show the shortcuts" onClick={openShortcuts}>
          <kbd>?</kbd>
        </button>
      </div>
      <div>
        <span className="cut" title={name ?? undefined}>
          {via === 'local' ? 'local, no key' : `${name}, ${role}`}
        </span>
        {via === 'session' && <LogOut />}
      </div>
    </div>
  );
}

function ThemeSwitch(): ReactElement {
  const [theme, setTheme] = useState(storedTheme);
  const next = THEMES[(THEMES.indexOf(theme) + 1) % THEMES.length] ?? 'system';
  const change = (): void => {
    chooseTheme(next);
    setTheme(next);
  };
  return (
    <div>
      <span>theme</span>
      <button type="button" className="plain" aria-label={`Theme: ${theme}. Change it to ${next}`} onClick={change}>
        {theme}
      </button>
    </div>
  );
}

function LogOut(): ReactElement {
  const queries = useQueryClient();
  const logOut = useMutation({
    mutationFn: () => client.sessions.delete(),
    // Nothing that the session has read stays in memory.
    onSettled: () => {
      queries.clear();
      location.reload();
    },
  });
  return (
    <button type="button" className="plain" disabled={logOut.isPending} onClick={() => logOut.mutate()}>
      log out
    </button>
  );
}
