import { type ReactElement, useSyncExternalStore } from 'react';
import { formatLeft } from './numbers.ts';

const CLOCK = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit', second: '2-digit' });
const DATE = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short', year: 'numeric' });
const DAY = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short' });

interface TimeProps {
  /** Milliseconds since the epoch. */
  readonly at: number;
  /** Whether milliseconds are shown too. */
  readonly exact?: boolean;
}

/** An instant in the viewer's zone: the time of the day, with the date unless it is today. Its title is UTC. */
export function Time({ at, exact = false }: TimeProps): ReactElement {
  const utc = new Date(at).toISOString();
  return (
    <time dateTime={utc} title={utc.replace('T', ' ').replace('Z', ' UTC')}>
      {formatInstant(at)}
      {exact && <span className="muted roomy">.{String(Math.floor(at) % 1000).padStart(3, '0')}</span>}
    </time>
  );
}

/** An instant as `Time` shows it, as text. */
export function formatInstant(at: number, now = Date.now()): string {
  const time = CLOCK.format(at);
  if (DATE.format(at) === DATE.format(now)) return time;
  const sameYear = new Date(at).getFullYear() === new Date(now).getFullYear();
  return `${(sameYear ? DAY : DATE).format(at)} ${time}`;
}

interface CountdownProps {
  /** Milliseconds since the epoch. */
  readonly until: number;
  /** What happens then: `until` unless given. */
  readonly word?: string;
}

/** The moment at which something ends, and what is left until then: `until 14:03:10, 26 s left`. */
export function Countdown({ until, word = 'until' }: CountdownProps): ReactElement {
  const left = until - useNow();
  return (
    <>
      {word} <Time at={until} />
      {left > 0 && `, ${formatLeft(left)} left`}
    </>
  );
}

/** What is left until an instant: `26 s left`; nothing once it has passed. */
export function TimeLeft({ until }: { readonly until: number }): ReactElement | null {
  const left = until - useNow();
  return left > 0 ? <>{formatLeft(left)} left</> : null;
}

/** The present, in milliseconds since the epoch; the component is drawn anew each second. */
export function useNow(): number {
  return useSyncExternalStore(subscribeToSeconds, presentSecond) * 1000;
}

/** One timer for all of a page. */
const listeners = new Set<() => void>();
let timer: number | undefined;

/** Read anew each time: the timer rests while nothing shows the time. */
function presentSecond(): number {
  return Math.floor(Date.now() / 1000);
}

function subscribeToSeconds(listener: () => void): () => void {
  listeners.add(listener);
  timer ??= window.setInterval(() => {
    for (const each of listeners) each();
  }, 1000);
  return () => {
    listeners.delete(listener);
    if (listeners.size > 0) return;
    window.clearInterval(timer);
    timer = undefined;
  };
}
