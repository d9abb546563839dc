import type { Figure, Row, Target } from './part.ts';

const SIGNS = { under: '<', atMost: '<=' } as const;

/** The head of the table. */
export const HEAD = lineOf(['measured', 'target', 'figure', '', '']);

/** A row and its figure as a line: `ok` or `OVER` by the measured figure, not by the rounded one. */
export function toLine({ label, unit, target }: Row, { value, note = '' }: Figure): string {
  const wanted = target === undefined ? '-' : `${SIGNS[target.kind]} ${target.limit} ${unit}`;
  const figure = value === undefined ? '-' : `${rounded(value)} ${unit}`;
  const verdict = target === undefined || value === undefined ? '' : isMet(target, value) ? 'ok' : 'OVER';
  return lineOf([label, wanted, figure, verdict, note]);
}

/** Whether a figure meets its target. */
export function isMet({ limit, kind }: Target, value: number): boolean {
  return kind === 'under' ? value < limit : value <= limit;
}

function rounded(value: number): string {
  if (Number.isInteger(value)) return String(value);
  return value.toFixed(Math.abs(value) < 10 ? 2 : Math.abs(value) < 100 ? 1 : 0);
}

function lineOf([label = '', target = '', figure = '', verdict = '', note = '']: readonly string[]): string {
  return `${label.padEnd(62)} ${target.padStart(11)} ${figure.padStart(12)}   ${verdict.padEnd(5)} ${note}`.trimEnd();
}
