/** A provider and one of its models: `provider/model`. */
export interface Pair {
  readonly provider: string;
  readonly model: string;
}

/** Splits `provider/model` at the first slash, because model names contain slashes. Undefined when a part is missing. */
export function splitPair(text: string): Pair | undefined {
  const slash = text.indexOf('/');
  if (slash < 1 || slash === text.length - 1) return undefined;
  return { provider: text.slice(0, slash), model: text.slice(slash + 1) };
}
