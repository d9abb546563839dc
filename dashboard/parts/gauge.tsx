import type { ReactElement } from 'react';
import { NEAR } from './gauged-limit.ts';

interface GaugeProps {
  /** How much is used, from 0 to 1; more is drawn as 1. */
  readonly share: number;
  /** A part of `share` that is only reserved. */
  readonly reserved?: number;
  /** Whether it compares amounts, and a full bar is nothing to look at. */
  readonly plain?: boolean;
}

/** A bar that shows how much of a limit is used. Decoration: the numbers stand beside it. */
export function Gauge({ share, reserved = 0, plain = false }: GaugeProps): ReactElement {
  const used = percent(share - reserved);
  const tone = !plain && share >= NEAR ? 'warn' : '';
  return (
    <svg className="gauge" aria-hidden="true">
      <rect className="bg" width="100%" height="4" rx="2" />
      {reserved > 0 && <rect className="reserved" width={percent(share)} height="4" rx="2" />}
      <rect className={`fg ${tone}`} width={used} height="4" rx="2" />
    </svg>
  );
}

function percent(share: number): string {
  return `${Math.min(100, Math.max(0, share * 100)).toFixed(1)}%`;
}
