import { proxySecrets } from '../config/proxies.ts';
import { toSnapshot } from '../config/snapshot.ts';
import { readPriceFile } from '../config/price-file.ts';
import { formatProblems } from '../config/problems.ts';
import { configWarnings } from '../config/warnings.ts';
import type { ColdStart, Entry, Snapshot } from '../domain/chain.ts';
import { createPrices, type Prices } from '../targets/prices.ts';
import { checkState } from './check-state.ts';
import { type Configuration, findConfiguration } from './configuration.ts';
import { entryLines } from './entry-lines.ts';
import type { Flags } from './flags.ts';
import { formatLimits } from './format-limits.ts';
import { formatPrice } from './format-price.ts';
import { probeEntries } from './probe-entries.ts';
import { table } from './table.ts';
import { UsageError } from './usage-error.ts';

/**
 * Prints the chains of the configuration in the order in which entries are tried, and warnings, which fail nothing. With `--live` also asks
 * the server of `state` and sends each entry one request. Throws a UsageError that lists every problem of the configuration, or counts the entries that failed.
 */
export async function check(flags: Flags): Promise<void> {
  await using stack = new AsyncDisposableStack();
  const configuration = await findConfiguration(flags, stack);
  if (configuration.found?.entries.length === 0)
    throw new UsageError(
      `${entryLines(configuration.found)}nothing to check: no configuration file, no provider's key in the environment, no local server`,
    );
  const snapshot = toSnapshot(configuration.config, [], proxySecrets(process.env));
  const file = readPriceFile(configuration.config.prices?.file);
  if (!file.ok) throw new UsageError(formatProblems(configuration.source, file.problems));
  const prices = createPrices();
  prices.useFile(file.prices);
  const warnings = configWarnings(configuration.config).map(({ path, message }) => `warning: ${path}: ${message}\n`);
  process.stdout.write(
    `${configuration.source}: valid\n${warnings.join('')}${formatChains(configuration, snapshot, prices)}`,
  );
  if (!flags.live) return;
  const isShared = await checkState(configuration.config);
  const failed = await probeEntries(snapshot);
  const failures = [
    ...(isShared ? [] : ['state.redis']),
    ...(failed > 0 ? [failed === 1 ? '1 entry' : `${failed} entries`] : []),
  ];
  if (failures.length > 0) throw new UsageError(`${failures.join(' and ')} failed`);
}

function formatChains(
  { config, keySources, found }: Configuration,
  { chains, aliases }: Snapshot,
  prices: Pick<Prices, 'priceOf'>,
): string {
  const parts = [...chains].map(([name, { entries, deadline, commit }]) => {
    const head = ['', 'entry', 'preset', 'key', 'price', 'limits', 'connect', 'first token', 'idle', 'total'];
    const rows = entries.map((entry, index) => [
      `  ${index + 1}.`,
      `${entry.provider}/${entry.model}`,
      serverOf(config.providers[entry.provider]?.preset, entry),
      keySources.get(entry.provider) ?? 'none',
      formatPrice(prices, entry),
      formatLimits(entry.targets[0].limits),
      ...formatTimeouts(entry, index === entries.length - 1 ? 'alone' : 'withOthers'),
    ]);
    return `\nchain ${name}: first token within ${formatDuration(deadline)}, commit at ${commit}\n${table([head, ...rows])}\n`;
  });
  const lines = [...aliases].map(([name, target]) => `  ${name} -> ${target}`);
  const aliasPart = lines.length === 0 ? '' : `\naliases\n${lines.join('\n')}\n`;
  return parts.join('') + aliasPart + (found === undefined ? '' : `\n${entryLines(found)}`);
}

/** The preset, or the base URL and its dialect where that is not the default. */
function serverOf(preset: string | undefined, { targets: [{ baseUrl, dialect }] }: Entry): string {
  return preset ?? (dialect === 'openai' ? baseUrl : `${baseUrl} (${dialect})`);
}

function formatTimeouts({ timeouts }: Entry, place: keyof ColdStart): string[] {
  const { connect, firstToken, coldStart, streamStart, idle, total } = timeouts;
  return [connect, firstToken ?? coldStart?.[place] ?? streamStart, idle, total].map(formatDuration);
}

/** Milliseconds in the notation of the configuration. */
function formatDuration(ms: number): string {
  if (ms % 3_600_000 === 0) return `${ms / 3_600_000}h`;
  if (ms % 60_000 === 0) return `${ms / 60_000}m`;
  return ms % 1000 === 0 ? `${ms / 1000}s` : `${ms}ms`;
}
