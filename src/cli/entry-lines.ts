import { COSTS } from '../config/init-file.ts';
import type { Found } from '../config/zero-config.ts';
import { printable } from '../lib/printable.ts';
import { table } from './table.ts';

/** Formats the entries that were found without a configuration file: one line each, with the source of the key and the cost. */
export function entryLines({ entries, passedOver }: Found): string {
  const rows = entries.map(({ provider, model, variable, cost }, index) => [
    `  ${index + 1}.`,
    `${provider}/${model}`,
    variable === undefined ? 'no key needed' : `key from ${variable}`,
    COSTS[cost],
  ]);
  const notes = passedOver.map((note) => `  not used: ${printable(note)}`);
  const lines = [...(rows.length === 0 ? [] : [table(rows)]), ...notes];
  return lines.length === 0 ? '' : `${lines.join('\n')}\n`;
}
