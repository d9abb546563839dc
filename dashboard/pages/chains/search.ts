import { textOf } from '../../parts/read-search.ts';

/** What the URL of the page holds. */
export interface ChainsSearch {
  /** A part of the names of chains, aliases and entries that are shown. */
  readonly q?: string | undefined;
  /** The model of the request that is being explained; its dialog is open. An empty text for none yet. */
  readonly explain?: string | undefined;
}

/** Reads the page's parameters. */
export function chainsSearch({ q, explain }: Record<string, unknown>): ChainsSearch {
  const search = textOf(q);
  const model = explain === '' ? '' : textOf(explain);
  return { ...(search === undefined ? {} : { q: search }), ...(model === undefined ? {} : { explain: model }) };
}

/** Whether a chain has a text in its name, in an alias or in an entry. */
export function chainMatches(
  chain: { readonly id: string; readonly entries: readonly { readonly provider: string; readonly model: string }[] },
  aliases: readonly string[],
  q: string | undefined,
): boolean {
  if (q === undefined) return true;
  const names = [chain.id, ...aliases, ...chain.entries.map(({ provider, model }) => `${provider}/${model}`)];
  return names.some((name) => name.toLowerCase().includes(q.toLowerCase()));
}
