import { useQuery } from '@tanstack/react-query';
import { getRouteApi, Link } from '@tanstack/react-router';
import type { Key } from 'spillway/client';
import { type ReactElement, useState } from 'react';
import { client } from '../../api/client.ts';
import { useIsAdmin } from '../../api/session.ts';
import { BudgetBar } from '../../parts/budget-bar.tsx';
import { CopyButton } from '../../parts/copy-button.tsx';
import { LimitBars } from '../../parts/limit-bars.tsx';
import { Loaded } from '../../parts/loaded.tsx';
import { Time } from '../../parts/time.tsx';
import { EditKey } from './edit-key.tsx';
import { type KeyAction, KeyActions } from './key-actions.tsx';
import { KeyStatus } from './key-status.tsx';
import { RevokeKey } from './revoke-key.tsx';
import { RotateKey } from './rotate-key.tsx';

const route = getRouteApi('/keys/$id');

/** One key: what it may do, what it has spent, and what can be done with it. */
export function KeyPage(): ReactElement {
  const { id } = route.useParams();
  const query = useQuery({
    queryKey: ['keys', 'one', id],
    queryFn: ({ signal }) => client.keys.retrieve({ id }, { signal }),
    // Another key is no placeholder.
    placeholderData: () => undefined,
  });
  return (
    <Loaded query={query} what="The key" bones={8}>
      {(item) => <KeyShown item={item} />}
    </Loaded>
  );
}

function KeyShown({ item }: { readonly item: Key }): ReactElement {
  const isAdmin = useIsAdmin();
  const [action, setAction] = useState<KeyAction>();
  const { id, name, source, state, budgets, limits } = item;
  const mayChange = isAdmin && source === 'store' && state !== 'revoked';
  const close = (): void => setAction(undefined);
  return (
    <>
      <div className="story">
        <div>
          <p className="crumb">
            <Link to="/keys">Keys</Link> <code>{id}</code>
          </p>
          <h1>{name}</h1>
        </div>
        <div className="tools">
          <CopyButton text={id} label="Copy id" what="Key id" />
          {mayChange && <KeyActions onChoose={setAction} />}
        </div>
      </div>
      <p className="lede">
        <KeyStatus item={item} />
        {source === 'file' && ' The key is in the configuration file, which alone changes it.'}
      </p>
      <div className="half">
        <section>
          <div className="bar">
            <h2>Budgets and limits</h2>
            <Link className="small" to="/requests" search={{ key: id }}>
              Its requests
            </Link>
          </div>
          {budgets.map((budget, at) => (
            // oxlint-disable-next-line react/no-array-index-key -- there may be two budgets of one period
            <BudgetBar key={at} budget={budget} />
          ))}
          <LimitBars limits={limits} />
          {budgets.length === 0 && Object.keys(limits).length === 0 && (
            <p className="soft">No limit and no budget of its own; those of its tenant hold.</p>
          )}
        </section>
        <KeyDetails item={item} />
      </div>
      {action === 'edit' && <EditKey item={item} onClose={close} />}
      {action === 'rotate' && <RotateKey item={item} onClose={close} />}
      {action === 'revoke' && <RevokeKey item={item} onClose={close} />}
    </>
  );
}

function KeyDetails({ item }: { readonly item: Key }): ReactElement {
  const rows: readonly (readonly [string, ReactElement | string])[] = [
    ['Role', item.role],
    ['Tenant', item.tenant ?? 'none'],
    ['Chains', listed(item.chains)],
    ['Models', listed(item.models)],
    ['Operations', listed(item.operations)],
    ['Priority', item.priority],
    ['Bodies', item.bodies ? 'an admin may read them' : 'no'],
    ['Secret', item.prefix === null ? '–' : `${item.prefix}…${item.suffix}`],
    ['Made', at(item.created_at, '–')],
    ['Ends', at(item.expires_at, 'never')],
    ['Last used', at(item.last_used_at, '–')],
    ...(item.revoked_at === null ? [] : [['Revoked', at(item.revoked_at, '–')] as const]),
    ...(item.note === null ? [] : [['Note', item.note] as const]),
    // Their names may be those of rows above.
    ...Object.entries(item.metadata).map(([name, value]) => [`metadata ${name}`, value] as const),
  ];
  return (
    <section>
      <div className="bar">
        <h2>Details</h2>
        <Link className="small" to="/audit" search={{ target: item.id }}>
          Its changes
        </Link>
      </div>
      <dl className="defs">
        {rows.map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd title={typeof value === 'string' ? value : undefined}>{value}</dd>
          </div>
        ))}
      </dl>
    </section>
  );
}

function listed(names: readonly string[] | null): string {
  return names?.join(', ') ?? 'all';
}

function at(instant: number | null, none: string): ReactElement | string {
  return instant === null ? none : <Time at={instant} />;
}
