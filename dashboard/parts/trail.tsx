import type { ReactElement } from 'react';
import { type GlyphKind, GlyphShape } from './glyphs.tsx';
import { outcomeWords } from './outcomes.ts';

/** One step of a trail: its outcome, or null while it runs. */
export interface TrailMark {
  readonly outcome: string | null;
}

/** The most steps that are drawn; the first ones and the last one remain. */
const MAX_STEPS = 8;

/** What became of a request's attempts, in order: failed, skipped, answered or in progress. */
export function Trail({ steps }: { readonly steps: readonly TrailMark[] }): ReactElement | null {
  if (steps.length === 0) return <span className="muted">–</span>;
  const shown = steps.length > MAX_STEPS ? [...steps.slice(0, MAX_STEPS - 1), ...steps.slice(-1)] : steps;
  const width = shown.length * 20 - 8;
  const label = shown.map(({ outcome }, at) => `${at + 1} ${wordOf(outcome)}`).join(', ');
  return (
    <svg width={width} height="12" viewBox={`0 0 ${width} 12`} role="img" aria-label={label}>
      {shown.map(({ outcome }, at) => (
        // oxlint-disable-next-line react/no-array-index-key -- a step has no name, and steps are only added at the end
        <g key={at} transform={`translate(${at * 20} 0)`}>
          {at > 0 && <path className="g-link" d="M-8 6h8" />}
          <GlyphShape kind={glyphOf(outcome)} />
        </g>
      ))}
    </svg>
  );
}

/** The shape of an outcome. */
export function glyphOf(outcome: string | null): GlyphKind {
  if (outcome === null) return 'running';
  if (outcome === 'answered') return 'ok';
  if (outcome === 'skipped' || outcome === 'cancelled') return 'skipped';
  return 'bad';
}

function wordOf(outcome: string | null): string {
  return outcome === null ? 'in progress' : outcomeWords(outcome);
}
