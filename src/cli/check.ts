import { toSnapshot } from '../config/snapshot.ts';
import type { Entry, Snapshot } from '../domain/chain.ts';
import { type Configuration, findConfiguration } from './configuration.ts';
import { entryLines } from './entry-lines.ts';
import type { Flags } from './flags.ts';
import { limitsCell } from './limits-cell.ts';
import { askLive } from './live.ts';
import { table } from './table.ts';
import { UsageError } from './usage-error.ts';

/** Shows the chains as they will be walked, or everything that is wrong with them; with `--live` asks each entry once. */
export async function check(flags: Flags): Promise<void> {
  await using stack = new AsyncDisposableStack();
  const configuration = await findConfiguration(flags, stack);
  if (configuration.found?.entries.length === 0)
    throw new UsageError(
      `${entryLines(configuration.found)}there is nothing to check: no configuration, and no vendor's key`,
    );
  const snapshot = toSnapshot(configuration.config);
  process.stdout.write(`${configuration.source}: good\n${screen(configuration, snapshot)}`);
  if (!flags.live) return;
  const failed = await askLive(snapshot);
  if (failed > 0) throw new UsageError(`${failed === 1 ? '1 entry does' : `${failed} entries do`} not answer`);
}

function screen({ config, keySources, found }: Configuration, { chains, aliases }: Snapshot): string {
  const parts = [...chains].map(([name, { entries, deadline, commit }]) => {
    const head = ['', 'entry', 'preset', 'key', 'limits', 'connect', 'first token', 'idle', 'total'];
    const rows = entries.map((entry, index) => [
      `  ${index + 1}.`,
      `${entry.provider}/${entry.model}`,
      config.providers[entry.provider]?.preset ?? entry.targets[0].baseUrl,
      keySources.get(entry.provider) ?? 'none',
      limitsCell(entry.targets[0].limits),
      ...times(entry),
    ]);
    return `\nchain ${name}: ${duration(deadline)} to the first token, commit at ${commit}\n${table([head, ...rows])}\n`;
  });
  const others = [...aliases].map(([name, target]) => `  ${name} -> ${target}`);
  const more = others.length === 0 ? '' : `\naliases\n${others.join('\n')}\n`;
  return parts.join('') + more + (found === undefined ? '' : `\n${entryLines(found)}`);
}

function times({ timeouts }: Entry): string[] {
  const { connect, firstToken, streamStart, idle, total } = timeouts;
  return [connect, firstToken ?? streamStart, idle, total].map(duration);
}

/** Milliseconds as the file would say them. */
function duration(ms: number): string {
  if (ms % 3_600_000 === 0) return `${ms / 3_600_000}h`;
  if (ms % 60_000 === 0) return `${ms / 60_000}m`;
  return ms % 1000 === 0 ? `${ms / 1000}s` : `${ms}ms`;
}
