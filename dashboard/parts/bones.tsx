import type { ReactElement } from 'react';

const WIDTHS = ['72%', '58%', '80%', '64%', '76%', '52%'] as const;

/** Bars in the place of lines that are being read. They show after 200 ms, by their style. */
export function Bones({ lines, what }: { readonly lines: number; readonly what: string }): ReactElement {
  return (
    <div className="bones" role="status" aria-label={`${what}: loading`}>
      <svg width="100%" height={lines * 32} aria-hidden="true">
        {Array.from({ length: lines }, (_, line) => (
          // oxlint-disable-next-line react/no-array-index-key -- lines differ by nothing else
          <rect key={line} className="bone" y={line * 32 + 12} width={WIDTHS[line % WIDTHS.length]} height="8" rx="2" />
        ))}
      </svg>
    </div>
  );
}
