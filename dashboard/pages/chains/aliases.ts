/** The names that stand for each chain, from a configuration as `config.retrieve` shows it. An alias of an alias stands for the chain behind both. */
export function aliasesOf(config: Readonly<Record<string, unknown>>): ReadonlyMap<string, readonly string[]> {
  const targets = new Map(Object.entries(isRecord(config['aliases']) ? config['aliases'] : {}));
  const names = new Map<string, string[]>();
  for (const alias of targets.keys()) {
    const chain = chainBehind(alias, targets);
    if (chain !== undefined) names.set(chain, [...(names.get(chain) ?? []), alias]);
  }
  return names;
}

function chainBehind(alias: string, targets: ReadonlyMap<string, unknown>): string | undefined {
  let name: unknown = targets.get(alias);
  // No way through the aliases is longer than there are aliases.
  for (let left = targets.size; left > 0 && typeof name === 'string' && targets.has(name); left -= 1)
    name = targets.get(name);
  return typeof name === 'string' && !targets.has(name) ? name : undefined;
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
