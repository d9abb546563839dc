// npm run bench: what the gateway costs compared with hand-written servers, and whether it meets its targets. A report, not a test: quote
// ratios and differences; microseconds are valid for this machine and this minute. `-- --help` lists the parts.
import { describeMachine, pinLoad } from './measure/machine.ts';
import { ROUNDS } from './measure/rounds.ts';
import { HEAD, toLine } from './measure/table.ts';
import type { Part } from './measure/part.ts';
import { CPU_PER_REQUEST } from './rows/cpu-per-request.ts';
import { MONEY } from './rows/money.ts';
import { RECORDS } from './rows/records.ts';
import { OPEN_STREAMS } from './rows/open-streams.ts';
import { LIMITED } from './rows/limited.ts';
import { DISCONNECTS } from './rows/disconnects.ts';
import { RUNS } from './rows/runs.ts';
import { SHARED } from './rows/shared.ts';
import { WATCHED } from './rows/watched.ts';
import { UNREAD } from './rows/unread.ts';
import { APIS } from './rows/apis.ts';
import { START } from './rows/start.ts';
import { WORKERS } from './rows/workers.ts';
import { FIRST_TOKEN } from './rows/first-token.ts';

const PARTS: readonly Part[] = [
  ...CPU_PER_REQUEST,
  FIRST_TOKEN,
  OPEN_STREAMS,
  LIMITED,
  MONEY,
  RECORDS,
  SHARED,
  WATCHED,
  RUNS,
  DISCONNECTS,
  UNREAD,
  WORKERS,
  ...APIS,
  ...START,
];
const HELP = `npm run bench [-- PART...]

Measures the named parts, or all of them. ROUNDS=${ROUNDS} in the environment sets how often each variant is measured.

${PARTS.map(({ name, rows }) => `  ${name.padEnd(14)}${Object.values(rows)[0]?.label ?? ''}`).join('\n')}
`;

async function report({ name, rows, measure }: Part): Promise<void> {
  const startedAt = performance.now();
  try {
    const figures = await measure();
    for (const [key, row] of Object.entries(rows)) console.log(toLine(row, figures[key] ?? {}));
  } catch (error) {
    const note = error instanceof Error ? error.message.replaceAll(/\s+/g, ' ') : String(error);
    for (const row of Object.values(rows)) console.log(toLine(row, { note: `not measured: ${note}` }));
  }
  if (process.env['TIMES']) console.log(`  (${name}: ${((performance.now() - startedAt) / 1000).toFixed(1)} s)`);
}

const names = process.argv.slice(2);
const unknown = names.filter((name) => !PARTS.some((part) => part.name === name));
if (names.includes('--help') || unknown.length > 0) {
  process.stdout.write(HELP);
} else {
  pinLoad();
  console.log(`${describeMachine()}\nmedian of ${ROUNDS} rounds in turns\n\n${HEAD}`);
  for (const part of PARTS) if (names.length === 0 || names.includes(part.name)) await report(part);
}
