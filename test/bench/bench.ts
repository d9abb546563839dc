// npm run bench: what the gateway costs beside what is written by hand, and whether it keeps its targets. A report, not a test: quote what
// is a ratio or a difference; what is in microseconds belongs to this machine and this minute. `-- --help` lists the works.
import { describeMachine, pinLoad } from './measure/machine.ts';
import { ROUNDS } from './measure/rounds.ts';
import { HEAD, toLine } from './measure/table.ts';
import type { Work } from './measure/work.ts';
import { CPU_PER_REQUEST } from './rows/cpu-per-request.ts';
import { OPEN_STREAMS } from './rows/open-streams.ts';
import { LIMITED } from './rows/limited.ts';
import { LEAVING } from './rows/leaving.ts';
import { UNREAD } from './rows/unread.ts';
import { TRANSLATION } from './rows/translation.ts';
import { START } from './rows/start.ts';
import { FIRST_TOKEN } from './rows/first-token.ts';

const WORKS: readonly Work[] = [
  ...CPU_PER_REQUEST,
  FIRST_TOKEN,
  OPEN_STREAMS,
  LIMITED,
  LEAVING,
  UNREAD,
  TRANSLATION,
  ...START,
];
const HELP = `npm run bench [-- WORK...]

Measures the works that are named, or all of them. ROUNDS=${ROUNDS} in the environment says how often each way is measured in turn.

${WORKS.map(({ name, rows }) => `  ${name.padEnd(14)}${Object.values(rows)[0]?.label ?? ''}`).join('\n')}
`;

async function report({ name, rows, measure }: Work): Promise<void> {
  const began = performance.now();
  try {
    const figures = await measure();
    for (const [key, row] of Object.entries(rows)) console.log(toLine(row, figures[key] ?? {}));
  } catch (error) {
    const note = error instanceof Error ? error.message.replaceAll(/\s+/g, ' ') : String(error);
    for (const row of Object.values(rows)) console.log(toLine(row, { note: `not measured: ${note}` }));
  }
  if (process.env['TIMES']) console.log(`  (${name}: ${((performance.now() - began) / 1000).toFixed(1)} s)`);
}

const asked = process.argv.slice(2);
const unknown = asked.filter((name) => !WORKS.some((work) => work.name === name));
if (asked.includes('--help') || unknown.length > 0) {
  process.stdout.write(HELP);
} else {
  pinLoad();
  console.log(`${describeMachine()}\nmedian of ${ROUNDS} rounds in turns\n\n${HEAD}`);
  for (const work of WORKS) if (asked.length === 0 || asked.includes(work.name)) await report(work);
}
