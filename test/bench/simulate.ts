// npm run simulate [-- --seed N]: a day of a chain of free tiers, in seconds. The runner, the ledger and the dialect are the real ones; the providers,
// the clients and the clock are simulated. The same seed gives the same day. Exit code 1 when a provider replied an avoidable 429.
import { parseArgs } from 'node:util';
import { simulate } from './simulation/day.ts';
import { PASSES } from './simulation/passes.ts';
import { breachesOf, reportOf, type Result } from './simulation/report.ts';

/** Midnight in California. */
const START = Date.parse('2026-11-25T08:00:00Z');

const { seed } = parseArgs({ options: { seed: { type: 'string', default: '1' } } }).values;
const results: Result[] = [];
for (const pass of PASSES) {
  const { open, restartAfter } = pass;
  const day = await simulate({ seed: Number(seed), start: START, hours: 24, restartAfter }, open);
  results.push({ pass, day });
}
console.log(reportOf(results));
const breaches = results.flatMap(breachesOf);
console.log(breaches.length === 0 ? '\nno avoidable 429' : `\n${breaches.join('\n')}`);
process.exitCode = breaches.length === 0 ? 0 : 1;
