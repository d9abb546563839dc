import { useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { SpillwayError } from 'spillway/client';
import { type ReactElement, useEffect } from 'react';
import { client } from '../../api/client.ts';
import type { LiveRequest } from '../../live/live-snapshot.ts';
import { useLive } from '../../live/use-live.ts';
import { Bones } from '../../parts/bones.tsx';
import { ErrorPanel } from '../../parts/error-panel.tsx';
import { wait } from '../../parts/wait.ts';
import { Kept } from './kept.tsx';
import { LiveView } from './live-view.tsx';
import { RecordView } from './record-view.tsx';
import { useWayBack } from './use-way-back.ts';
import { rememberOpened } from './list-memory.ts';
import { RequestHead } from './request-head.tsx';

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
      if (ended !== undefined && hasJustEnded(ended)) await wait(LOOK_MS, signal);
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
      {error !== null && running === undefined && (
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

/** Whether the same query may succeed soon: the row of a request that has just ended is about to be written, or the gateway could not be reached. */
function isPending(error: unknown, hasEnded: boolean): boolean {
  if (isNotFound(error)) return hasEnded;
  return error instanceof SpillwayError && error.code === 'connection_failed';
}
