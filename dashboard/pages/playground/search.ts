/** The most entries that one prompt is sent to at once. */
export const MOST_COLUMNS = 4;

/** What the URL of the page holds. */
export interface PlaygroundSearch {
  /** Names of models, one column for each: chains, aliases or `provider/model`. Absent for the first chain. */
  readonly models?: readonly string[] | undefined;
}

/** Reads the page's parameters. */
export function playgroundSearch({ models }: Record<string, unknown>): PlaygroundSearch {
  const names = (Array.isArray(models) ? models : [models]).filter(
    (name): name is string => typeof name === 'string' && name !== '',
  );
  return names.length === 0 ? {} : { models: names.slice(0, MOST_COLUMNS) };
}
