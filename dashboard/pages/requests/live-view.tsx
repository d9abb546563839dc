import type { ReactElement } from 'react';
import type { LiveRequest } from '../../live/live-snapshot.ts';
import { formatTime } from '../../parts/numbers.ts';
import { useNow } from '../../parts/time.tsx';
import { RequestHead } from './request-head.tsx';
import { livePicture } from './waterfall/live-picture.ts';
import { Waterfall } from './waterfall/waterfall.tsx';

/** A request that its events have shown, until its row is there. */
export function LiveView({ request }: { readonly request: LiveRequest }): ReactElement {
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
