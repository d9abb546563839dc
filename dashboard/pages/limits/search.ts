import { flagOf, textOf } from '../../parts/read-search.ts';

/** What the URL of the page holds. */
export interface LimitsSearch {
  readonly provider?: string | undefined;
  /** A part of the models that are shown. */
  readonly q?: string | undefined;
  /** True: only what is out or near a limit. */
  readonly near?: boolean | undefined;
}

/** Reads the page's parameters. */
export function limitsSearch({ provider, q, near }: Record<string, unknown>): LimitsSearch {
  const search = { provider: textOf(provider), q: textOf(q), near: flagOf(near) === true ? true : undefined };
  return Object.fromEntries(Object.entries(search).filter(([, value]) => value !== undefined));
}
