import { Link } from '@tanstack/react-router';
import type { ReactElement } from 'react';
import { useIsAdmin, useSession } from '../api/session.ts';
import { entriesOut } from '../live/entries-out.ts';
import { useLive } from '../live/use-live.ts';

interface NavProps {
  /** Called when a link was followed. */
  readonly onNavigate: () => void;
}

/** The menu. Pages that the session may not read are absent: the configuration for a principal of one tenant, and the audit trail for a viewer. */
export function Nav({ onNavigate }: NavProps): ReactElement {
  const { tenant } = useSession();
  const isAdmin = useIsAdmin();
  const limits = useLive(({ limits: rows }) => rows);
  const out = entriesOut(limits);
  return (
    <nav aria-label="Pages" onClick={onNavigate}>
      <ul>
        <NavItem to="/" label="Overview" exact />
        <NavItem to="/chains" label="Chains" note={out === 0 ? undefined : `${out} out`} />
        <NavItem to="/requests" label="Requests" />
        <NavItem to="/playground" label="Playground" />
      </ul>
      <ul>
        <NavItem to="/limits" label="Limits" />
        <NavItem to="/keys" label="Keys" />
        <NavItem to="/usage" label="Usage" />
        <NavItem to="/providers" label="Providers" />
      </ul>
      <ul>
        {tenant === null && <NavItem to="/configuration" label="Configuration" />}
        {isAdmin && <NavItem to="/audit" label="Audit" />}
      </ul>
    </nav>
  );
}

interface NavItemProps {
  readonly to:
    | '/'
    | '/chains'
    | '/requests'
    | '/playground'
    | '/limits'
    | '/keys'
    | '/usage'
    | '/providers'
    | '/configuration'
    | '/audit';
  readonly label: string;
  /** A few words about something that needs a look. */
  readonly note?: string | undefined;
  readonly exact?: boolean;
}

function NavItem({ to, label, note, exact = false }: NavItemProps): ReactElement {
  return (
    <li>
      <Link to={to} activeOptions={{ exact, includeSearch: false }} activeProps={{ 'aria-current': 'page' }}>
        {label}
        {note !== undefined && <small className="warn">{note}</small>}
      </Link>
    </li>
  );
}
