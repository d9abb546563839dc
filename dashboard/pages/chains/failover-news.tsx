import { type ReactElement, useEffect, useRef, useState } from 'react';
import { isFailure } from '../../parts/step-words.ts';
import { type Failover, failoverWords } from './failovers.ts';

/** The least time between two pieces of news, in milliseconds. */
const BETWEEN_MS = 5000;

/** Says the newest failover to readers of the screen, at most one in five seconds. `failovers`: those that the page has seen, the newest first. */
export function FailoverNews({ failovers }: { readonly failovers: readonly Failover[] }): ReactElement {
  const newest = failovers.find(({ steps }) => steps.some(isFailure));
  const said = useRef({ requestId: newest?.requestId, at: 0 });
  const [words, setWords] = useState('');
  useEffect(() => {
    if (newest === undefined || newest.requestId === said.current.requestId) return undefined;
    const timer = setTimeout(
      () => {
        said.current = { requestId: newest.requestId, at: Date.now() };
        setWords(failoverWords(newest));
      },
      Math.max(0, said.current.at + BETWEEN_MS - Date.now()),
    );
    return () => clearTimeout(timer);
  }, [newest]);
  return (
    <p className="visually-hidden" role="status">
      {words}
    </p>
  );
}
