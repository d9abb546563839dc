import type { RequestRecord } from 'spillway/client';
import type { ReactElement } from 'react';
import { useIsAdmin, useSession } from '../../api/session.ts';
import { Bodies } from './bodies.tsx';
import { ClientGot } from './client-got.tsx';
import { CostTable } from './cost-table.tsx';
import { Details } from './details.tsx';
import { Facts } from './facts.tsx';
import { failoverUsd } from './failover-cost.ts';
import { Forget } from './forget.tsx';
import { useKeyNames } from '../../api/key-names.ts';
import { RequestHead } from './request-head.tsx';
import { traceUrl } from './trace-url.ts';
import { usePrices } from './use-prices.ts';
import { pictureOf } from './waterfall/record-picture.ts';
import { Waterfall } from './waterfall/waterfall.tsx';

/** A request whose row is there. */
export function RecordView({ record }: { readonly record: RequestRecord }): ReactElement {
  const { trace_link: traceLink } = useSession();
  const isAdmin = useIsAdmin();
  const prices = usePrices();
  const keyName = useKeyNames().get(record.key) ?? record.key;
  const picture = pictureOf(record);
  const failoverCost = failoverUsd(record, picture, prices);
  const { trace_id: traceId } = record;
  const isFree = record.cost_usd === 0 && record.usage === null && record.code !== 'ok';
  const trace = traceId === null || traceLink === null ? undefined : traceUrl(traceLink, traceId);
  return (
    <>
      <RequestHead requestId={record.request_id} picture={picture} failoverCost={failoverCost}>
        {trace !== undefined && (
          <a className="btn" href={trace} target="_blank" rel="noreferrer">
            Open trace
          </a>
        )}
        {isAdmin && <Forget record={record} keyName={keyName} />}
      </RequestHead>
      <Facts record={record} picture={picture} failoverCost={failoverCost} keyName={keyName} />
      {picture.steps.length === 0 ? <NothingSent /> : <Waterfall picture={picture} />}
      <div className="half">
        {isFree ? <ClientGot record={record} /> : <CostTable record={record} picture={picture} prices={prices} />}
        <Details record={record} keyName={keyName} traceLink={traceLink} />
      </div>
      {isAdmin && <Bodies id={record.id} />}
    </>
  );
}

function NothingSent(): ReactElement {
  return <p className="soft">Nothing was sent to a provider, and no entry was looked at.</p>;
}
