import type { ReactElement, ReactNode } from 'react';

interface EmptyProps {
  /** Why there is nothing, in one sentence. */
  readonly title: string;
  /** What to do next. */
  readonly children?: ReactNode;
}

/** What a page shows where there is no data. */
export function Empty({ title, children }: EmptyProps): ReactElement {
  return (
    <div className="empty">
      <p>{title}</p>
      {children}
    </div>
  );
}
