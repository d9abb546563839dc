// npm run soak: attacks on the built command, in a process with a heap of 256 MB. Healthy requests run beside each attack, and none may be
// lost. Each row is a figure and its limit. `node test/bench/hostile-soak.ts bodies memory` runs two attacks; `--help` lists them.
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { ATTACKS } from './hostile/attacks/attacks.ts';
import { Report } from './hostile/report.ts';
import { stateOfBuild } from './measure/command.ts';

const LATEST_MS = 10 * 60_000;
const HELP = `node test/bench/hostile-soak.ts [ATTACK...]

Runs the named attacks, or all of them.

${ATTACKS.map(({ name, title }) => `  ${name.padEnd(14)}${title.replace(/^\d+ /, '')}`).join('\n')}
`;

const names = process.argv.slice(2);
const unknown = names.filter((name) => !ATTACKS.some((attack) => attack.name === name));
if (names.includes('--help') || unknown.length > 0) {
  process.stdout.write(HELP);
  process.exit(names.includes('--help') ? 0 : 2);
}
if (stateOfBuild() !== 'new')
  execFileSync('npm', ['run', '--silent', 'build'], { cwd: join(import.meta.dirname, '..', '..'), stdio: 'inherit' });
setTimeout(() => {
  console.log('\nnot finished in time: the next row hangs');
  process.exit(1);
}, LATEST_MS).unref();
const report = new Report();
for (const { name, title, run } of ATTACKS) {
  if (names.length > 0 && !names.includes(name)) continue;
  report.begin(title);
  await run(report);
}
report.finish();
console.log(report.good ? '\nevery figure within its limit' : '\na figure is over its limit');
process.exit(report.good ? 0 : 1);
