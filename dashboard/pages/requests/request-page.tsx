import { useQuery } from '@tanstack/react-query';
import { getRouteApi, useRouter } from '@tanstack/react-router';
import { SpillwayError, type RequestRecord } from 'spillway/client';
import { type ReactElement, useEffect, useEffectEvent } from 'react';
import { client } from '../../api/client.ts';
import { useIsAdmin, useSession } from '../../api/session.ts';
import type { LiveRequest } from '../../live/live-state.ts';
import { useLive } from '../../live/use-live.ts';
import { Bones } from '../../parts/bones.tsx';
import { ErrorPanel } from '../../parts/error-panel.tsx';
import { formatTime } from '../../parts/numbers.ts';
import { useNow } from '../../parts/time.tsx';
import { Bodies } from './bodies.tsx';
import { ClientGot } from './client-got.tsx';
import { CostTable } from './cost-table.tsx';
import { Details } from './details.tsx';
import { Facts } from './facts.tsx';
import { failoverUsd } from './failover-cost.ts';
import { Forget } from './forget.tsx';
import { useKeyNames } from './key-names.ts';
import { listSearch, rememberOpened } from './list-memory.ts';
import { RequestHead } from './request-head.tsx';
import { retentionDays } from './retention.ts';
import { traceUrl } from './trace-url.ts';
import { usePrices } from './use-prices.ts';
import { livePicture } from './waterfall/live-picture.ts';
import { pictureOf } from './waterfall/picture.ts';
import { Waterfall } from './waterfall/waterfall.tsx';

const route = getRouteApi('/requests/$id');

/** How often a row that is not written yet is looked for again, and after how many milliseconds each time. */
const LOOKS = 4;
const LOOK_MS = 700;

/** One request: its way down the chain, what it cost, and what its row has. While it runs it is drawn from its events. */
export function RequestPage(): ReactElement {
  const { id } = route.useParams();
  useWayBack();
  useEffect(() => rememberOpened(id), [id]);
  const running = useLive((snapshot) => snapshot.running.find((request) => request.id === id));
  const ended = useLive((snapshot) => snapshot.ended.find((request) => request.id === id));
  const query = useQuery({
    queryKey: ['request', id],
    queryFn: async ({ signal }) => {
      // A row that is looked for too early is a failed request of the log.
      if (ended !== undefined && hasJustEnded(ended)) await pause(LOOK_MS, signal);
      return await client.requests.retrieve({ id }, { signal });
    },
    enabled: running === undefined,
    // Another request's row is no placeholder.
    placeholderData: () => undefined,
    staleTime: Infinity,
    retry: (failures, error) => failures < LOOKS && isPending(error, ended !== undefined),
    retryDelay: LOOK_MS,
  });
  const { data, error, refetch } = query;
  if (data !== undefined) return <RecordView record={data} />;
  const live = running ?? ended;
  return (
    <>
      {live !== undefined && <LiveView request={live} />}
      {live === undefined && <RequestHead requestId={id} picture={null} failoverCost={null} />}
      {error !== null && (
        <>
          <ErrorPanel
            what={isNotFound(error) ? 'The request log has no row of this id.' : 'The request could not be read.'}
            error={error}
            onRetry={() => void refetch()}
          />
          {isNotFound(error) && <Kept />}
        </>
      )}
      {live === undefined && error === null && <Bones lines={8} what="The request" />}
    </>
  );
}

function isNotFound(error: unknown): boolean {
  return error instanceof SpillwayError && error.code === 'not_found';
}

function hasJustEnded({ seenAt, finished }: LiveRequest): boolean {
  return finished !== null && Date.now() - seenAt - finished.total_ms < 2 * LOOK_MS;
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, ms);
    signal.addEventListener('abort', () => (clearTimeout(timer), reject(signal.reason)), { once: true });
  });
}

/** Whether the same query may succeed soon: the row of a request that has just ended is about to be written, or the gateway could not be reached. */
function isPending(error: unknown, hasEnded: boolean): boolean {
  if (isNotFound(error)) return hasEnded;
  return error instanceof SpillwayError && error.code === 'connection_failed';
}

/** How long rows are kept, where one is missing. */
function Kept(): ReactElement {
  const { data } = useQuery({
    queryKey: ['config', 'retention'],
    queryFn: ({ signal }) => client.config.retrieve(undefined, { signal }),
    staleTime: Infinity,
  });
  const days = data === undefined ? null : retentionDays(data.config);
  return (
    <p className="soft">
      A row is written when its request ends, and kept for {days === null ? 'the time' : `${days} days`}{' '}
      {days === null && 'that the configuration says'} (<code>log.retention</code>).
    </p>
  );
}

function RecordView({ record }: { readonly record: RequestRecord }): ReactElement {
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

function LiveView({ request }: { readonly request: LiveRequest }): ReactElement {
  const now = useNow();
  const picture = livePicture(request, now);
  return (
    <>
      <RequestHead requestId={request.id} picture={picture} failoverCost={null} />
      {picture.steps.length > 0 && <Waterfall picture={picture} />}
      {picture.steps.length === 0 && (
        <p className="soft">
          {request.position === null
            ? 'It began before this page was opened, and is drawn once it has ended.'
            : `It is number ${request.position} in the queue of the chain ${request.chain}, and has waited ${formatTime(picture.total)}.`}
        </p>
      )}
    </>
  );
}

function NothingSent(): ReactElement {
  return <p className="soft">Nothing was sent to a provider, and no entry was looked at.</p>;
}

/** Esc goes back to where the request was opened, or to the list. */
function useWayBack(): void {
  const router = useRouter();
  const goBack = useEffectEvent(() => {
    if (router.history.canGoBack()) router.history.back();
    else void router.navigate({ to: '/requests', search: listSearch() });
  });
  useEffect(() => {
    const onKey = (event: KeyboardEvent): void => {
      if (event.key !== 'Escape' || event.defaultPrevented || document.querySelector('dialog[open]') !== null) return;
      goBack();
    };
    window.addEventListener('keydown', onKey);
    return () => window.removeEventListener('keydown', onKey);
  }, []);
}
