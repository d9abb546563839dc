import { Link } from '@tanstack/react-router';
import type { Key, KeyList } from 'spillway/client';
import type { ReactElement } from 'react';
import { useSession } from '../../api/session.ts';
import { tightestShare } from '../../parts/budget-bar.tsx';
import { CodeBlock } from '../../parts/code-block.tsx';
import { Empty } from '../../parts/empty.tsx';
import { Gauge } from '../../parts/gauge.tsx';
import { formatAmount } from '../../parts/money.ts';
import { Time } from '../../parts/time.tsx';
import { KeyStatus } from './key-status.tsx';

interface KeyTableProps {
  readonly page: KeyList;
  readonly isFiltered: boolean;
  /** Goes to the first page; undefined on it. */
  readonly onFirst: (() => void) | undefined;
  readonly onNext: (after: string) => void;
}

/** A page of keys. */
export function KeyTable({ page, isFiltered, onFirst, onNext }: KeyTableProps): ReactElement {
  const { data, has_more: hasMore, last_id: lastId } = page;
  return (
    <>
      <table>
        <thead>
          <tr>
            <th>Name</th>
            <th className="roomy">Secret</th>
            <th className="roomy">Role</th>
            <th className="roomy">Tenant</th>
            <th className="num">Spent, $</th>
            <th className="num roomy">Budget, $</th>
            <th className="roomy gcol">Used</th>
            <th className="num roomy">Last used</th>
            <th>State</th>
          </tr>
        </thead>
        <tbody>
          {data.map((item) => (
            <KeyRow key={item.id} item={item} />
          ))}
        </tbody>
      </table>
      {data.length === 0 && <NoKeys isFiltered={isFiltered} />}
      <div className="head">
        <span className="small muted">
          {data.length > 0 && 'Of several budgets the one that is used most is shown.'}
        </span>
        <div className="tools">
          {onFirst !== undefined && (
            <button type="button" className="btn" onClick={onFirst}>
              First page
            </button>
          )}
          {hasMore && lastId !== null && (
            <button type="button" className="btn" onClick={() => onNext(lastId)}>
              Next page
            </button>
          )}
        </div>
      </div>
    </>
  );
}

function KeyRow({ item }: { readonly item: Key }): ReactElement {
  const { id, name, prefix, suffix, role, tenant, last_used_at: lastUsed, source } = item;
  const share = tightestShare(item.budgets);
  const budget = item.budgets.find((each) => tightestShare([each]) === share);
  return (
    <tr>
      <td className="cut">
        <Link to="/keys/$id" params={{ id }} data-row="" title={name}>
          {name}
        </Link>
      </td>
      <td className="soft roomy">
        {prefix === null ? source === 'file' ? 'from the file' : '–' : <code>{`${prefix}…${suffix}`}</code>}
      </td>
      <td className="soft roomy">{role}</td>
      <td className="soft roomy">{tenant ?? <span className="muted">–</span>}</td>
      <td className="num">
        {budget?.spent_usd === undefined || budget.spent_usd === null ? (
          <span className="muted">–</span>
        ) : (
          formatAmount(budget.spent_usd, 2)
        )}
      </td>
      <td className="num soft roomy">
        {budget?.amount_usd === undefined || budget.amount_usd === null
          ? 'no limit'
          : formatAmount(budget.amount_usd, 2)}
      </td>
      <td className="roomy gcol">{share !== undefined && <Gauge share={share} />}</td>
      <td className="num soft roomy">
        {lastUsed === null ? <span className="muted">–</span> : <Time at={lastUsed} />}
      </td>
      <td>
        <KeyStatus item={item} />
      </td>
    </tr>
  );
}

function NoKeys({ isFiltered }: { readonly isFiltered: boolean }): ReactElement {
  const { store } = useSession();
  if (isFiltered) return <Empty title="No key matches." />;
  if (store === 'none')
    return (
      <Empty title="Keys are kept in a store, and this gateway has none.">
        <p className="small muted">Add one to the configuration and start the gateway again:</p>
        <CodeBlock text="store: { url: sqlite:./spillway.db }" what="Configuration" />
      </Empty>
    );
  return (
    <Empty title="There is no key yet: this gateway serves local clients without one.">
      <p className="small muted">With the first key, every client needs one. An operator’s comes first:</p>
      <CodeBlock text="spillway keys create --role admin --name me" what="Command" />
    </Empty>
  );
}
