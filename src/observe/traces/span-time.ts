import type { HrTime } from '@opentelemetry/api';

/** A time as spans take it: milliseconds since the epoch as seconds and nanoseconds. An SDK would take a small number for one since the process's start. */
export function spanTime(ms: number): HrTime {
  const seconds = Math.floor(ms / 1000);
  return [seconds, Math.floor((ms - seconds * 1000) * 1e6)];
}
