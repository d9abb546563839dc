import { choiceOf, textOf } from '../../parts/read-search.ts';

/** The ranges of the health grid; the first one unless chosen. */
export const RANGES = ['24h', '7d'] as const;

/** One of these. */
export type Range = (typeof RANGES)[number];

/** What the URL of the page holds. */
export interface ProvidersSearch {
  /** Absent for 24 hours. */
  readonly range?: Range | undefined;
  /** Only models of this provider. */
  readonly provider?: string | undefined;
  /** The model that is shown in detail, as `provider/model`. */
  readonly entry?: string | undefined;
}

/** Reads the page's parameters. */
export function providersSearch(search: Record<string, unknown>): ProvidersSearch {
  const range = choiceOf(search['range'], RANGES);
  const [provider, entry] = [textOf(search['provider']), textOf(search['entry'])];
  return {
    ...(range === undefined || range === '24h' ? {} : { range }),
    ...(provider === undefined ? {} : { provider }),
    ...(entry === undefined ? {} : { entry }),
  };
}
