import type { ReactElement } from 'react';

interface CostChartProps {
  /** The first UTC day. */
  readonly from: string;
  readonly tenant: string | undefined;
}

/** The cost of each day. */
export function CostChart(_props: CostChartProps): ReactElement | null {
  return null;
}
