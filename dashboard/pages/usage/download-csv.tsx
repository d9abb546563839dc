import type { UsageSummary } from 'spillway/client';
import type { ReactElement } from 'react';
import { shownOf } from './search.ts';
import { toCsv } from './to-csv.ts';
import { labelOf } from './usage-table.tsx';

interface DownloadCsvProps {
  readonly summary: UsageSummary;
  /** Whether it is the answer before the one that is being read. */
  readonly isOld: boolean;
}

const COLUMNS = [
  'requests',
  'input_tokens',
  'cached_input_tokens',
  'output_tokens',
  'reasoning_tokens',
  'cost_usd',
  'estimated_usd',
  'unknown',
] as const;

/** Saves the table as CSV, with all decimals. */
export function DownloadCsv({ summary, isOld }: DownloadCsvProps): ReactElement {
  const { by } = shownOf(summary);
  const save = (): void => {
    const rows = summary.data.map((row) => [labelOf(row, by), ...COLUMNS.map((column) => row[column])]);
    const url = URL.createObjectURL(new Blob([toCsv([by, ...COLUMNS], rows)], { type: 'text/csv' }));
    const link = document.createElement('a');
    link.href = url;
    link.download = `usage-by-${by}-${summary.from}.csv`;
    link.click();
    URL.revokeObjectURL(url);
  };
  return (
    <button type="button" className="btn" disabled={isOld} onClick={save}>
      Save as CSV
    </button>
  );
}
