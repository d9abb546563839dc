import type { ReactElement, ReactNode } from 'react';

interface FigureProps {
  readonly label: string;
  /** The number; `–` where it is unknown. */
  readonly value: ReactNode;
  readonly unit?: string | undefined;
  /** One line below it. */
  readonly note?: ReactNode;
  /** A picture below that. */
  readonly picture?: ReactNode;
}

/** One number on top of a page, within `<dl className="kpis">`. */
export function Figure({ label, value, unit, note, picture }: FigureProps): ReactElement {
  return (
    <div className="kpi">
      <dt>{label}</dt>
      <dd className="v">
        {value}
        {unit !== undefined && <i>{unit}</i>}
      </dd>
      <dd className="d">{note}</dd>
      {picture !== undefined && <dd>{picture}</dd>}
    </div>
  );
}
