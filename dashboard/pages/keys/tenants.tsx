import type { UseQueryResult } from '@tanstack/react-query';
import type { TenantList, TenantShown } from 'spillway/client';
import { type ReactElement, useState } from 'react';
import { useIsAdmin, useSession } from '../../api/session.ts';
import { BudgetBar } from '../../parts/budget-bar.tsx';
import { Empty } from '../../parts/empty.tsx';
import { LimitBars } from '../../parts/limit-bars.tsx';
import { Loaded } from '../../parts/loaded.tsx';
import { RemoveTenant, TenantDialog } from './tenant-dialog.tsx';

/** The tenants, each with its limits and its budgets. */
export function Tenants({ query }: { readonly query: UseQueryResult<TenantList> }): ReactElement {
  const isAdmin = useIsAdmin();
  const { tenant, store } = useSession();
  const mayChange = isAdmin && tenant === null && store !== 'none';
  const [edited, setEdited] = useState<TenantShown | 'new'>();
  const [removed, setRemoved] = useState<TenantShown>();
  return (
    <section>
      <div className="bar">
        <h2>Tenants</h2>
        {mayChange ? (
          <button type="button" className="btn" onClick={() => setEdited('new')}>
            Create a tenant
          </button>
        ) : (
          <span className="small soft">a request must fit its key and its tenant</span>
        )}
      </div>
      <Loaded query={query} what="The tenants" bones={2}>
        {({ data }) => (
          <>
            {data.map((each) => (
              <TenantRow
                key={each.id}
                tenant={each}
                onEdit={mayChange && each.source === 'store' ? () => setEdited(each) : undefined}
                onRemove={mayChange && each.source === 'store' ? () => setRemoved(each) : undefined}
              />
            ))}
            {data.length === 0 && (
              <Empty title="There is no tenant.">
                <p className="small muted">
                  A tenant is a team or a customer: its limits and budgets count for all of its keys together.
                </p>
              </Empty>
            )}
          </>
        )}
      </Loaded>
      {edited !== undefined && (
        <TenantDialog tenant={edited === 'new' ? undefined : edited} onClose={() => setEdited(undefined)} />
      )}
      {removed !== undefined && <RemoveTenant tenant={removed} onClose={() => setRemoved(undefined)} />}
    </section>
  );
}

interface TenantRowProps {
  readonly tenant: TenantShown;
  readonly onEdit: (() => void) | undefined;
  readonly onRemove: (() => void) | undefined;
}

function TenantRow({ tenant, onEdit, onRemove }: TenantRowProps): ReactElement {
  const { name, source, budgets, limits } = tenant;
  const hasNone = budgets.length === 0 && Object.keys(limits).length === 0;
  return (
    <div className="tenant">
      <div>
        <p>{name}</p>
        {source === 'file' && <p className="small muted">from the file</p>}
      </div>
      <div>
        {budgets.map((budget, at) => (
          // oxlint-disable-next-line react/no-array-index-key -- there may be two budgets of one period
          <BudgetBar key={at} budget={budget} />
        ))}
        <LimitBars limits={limits} />
        {hasNone && <span className="small muted">no limit and no budget</span>}
      </div>
      <div className="tools">
        {onEdit !== undefined && (
          <button type="button" className="btn" aria-label={`Edit tenant ${name}`} onClick={onEdit}>
            Edit
          </button>
        )}
        {onRemove !== undefined && (
          <button type="button" className="btn" aria-label={`Remove tenant ${name}`} onClick={onRemove}>
            Remove
          </button>
        )}
      </div>
    </div>
  );
}
