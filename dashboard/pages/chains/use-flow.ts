import { useEffect, useMemo, useState } from 'react';
import { useLive } from '../../live/use-live.ts';
import { useNow } from '../../parts/time.tsx';
import { flowColumn, type FlowLane } from './flow-column.ts';
import { EMPTY_FRAME, type FlowFrame, nextFrame } from './flow-frame.ts';
import { type FlowRates, flowRates, isBusy } from './flow-rates.ts';

/** What happens in a chain now: single requests, or rates where there are too many of them. */
export type Flow = {
  /** Whether the gateway leaves events out, so that more happens than is seen. */
  readonly isPartial: boolean;
} & ({ readonly kind: 'requests'; readonly frame: FlowFrame } | { readonly kind: 'rates'; readonly rates: FlowRates });

/** How long after a loss of events what is seen counts as partial, in milliseconds. */
const PARTIAL_MS = 10_000;

/** The flow of a chain. */
export function useFlow(chain: string, lanes: readonly FlowLane[]): Flow {
  const frame = useFrame(chain, lanes);
  const ended = useLive((live) => live.ended);
  const lostAt = useLive((live) => live.lostAt);
  const now = useNow();
  // Once a second: a number that changes ten times a second cannot be read.
  const [sample, setSample] = useState({ ended, at: now });
  if (sample.at !== now) setSample({ ended, at: now });
  const rates = useMemo(() => flowRates(sample.ended, { id: chain, lanes }, sample.at + 1000), [sample, chain, lanes]);
  const [busy, setBusy] = useState(false);
  const isPartial = lostAt !== null && now - lostAt < PARTIAL_MS;
  const isNowBusy = isBusy(rates.requests, isPartial, busy);
  if (isNowBusy !== busy) setBusy(isNowBusy);
  return isNowBusy ? { kind: 'rates', rates, isPartial } : { kind: 'requests', frame, isPartial };
}

function useFrame(chain: string, lanes: readonly FlowLane[]): FlowFrame {
  const running = useLive((live) => live.running);
  const ended = useLive((live) => live.ended);
  const [frame, setFrame] = useState(EMPTY_FRAME);
  const columns = useMemo(
    () =>
      [...running, ...ended].flatMap((request) => {
        const column = request.chain === chain ? flowColumn(request, lanes) : undefined;
        return column === undefined ? [] : [column];
      }),
    [running, ended, chain, lanes],
  );
  const { nextAt } = frame;
  useEffect(() => {
    const update = (): void => setFrame((before) => nextFrame(before, columns, Date.now()));
    update();
    if (nextAt === null) return undefined;
    const timer = setTimeout(update, Math.max(0, nextAt - Date.now()));
    return () => clearTimeout(timer);
  }, [columns, nextAt]);
  return frame;
}
