import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { EMPTY, ENVIRONMENT } from './cli.ts';

/** What one command line did. */
export interface CommandResult {
  readonly code: number;
  /** Its standard output and its standard error. */
  readonly output: string;
}

/** Runs command lines as the command's first file does, and prints what each did. */
const PROGRAM = `
const [source, rows] = process.argv.slice(1);
const { main } = await import(source);
process.stdout.setMaxListeners(0);
const print = process.stdout.write.bind(process.stdout);
const results = [];
for (const row of JSON.parse(rows)) {
  let output = '';
  process.exitCode = 0;
  process.stdout.write = process.stderr.write = (text) => { output += text; return true; };
  await main(row);
  results.push({ code: process.exitCode, output });
}
print(JSON.stringify(results), () => process.exit(0));
`;
/** Longest time of all rows of a table, in milliseconds, less than a test has: a row that does not end must not outlive its test. */
const LONGEST_MS = 30_000;
const SOURCE = new URL('../../src/cli/main.ts', import.meta.url).href;

/**
 * Runs command lines one after the other in one process, because most of what a row of a table costs is the start of its process. For rows
 * that differ in their arguments, end by themselves and start nothing. That the command is started, ends, and returns its exit code to the
 * shell is for tests with processes of their own.
 */
export async function runRows(rows: readonly (readonly string[])[]): Promise<readonly CommandResult[]> {
  const args = ['--input-type=module', '--eval', PROGRAM, SOURCE, JSON.stringify(rows)];
  const { stdout } = await promisify(execFile)(process.execPath, args, {
    cwd: EMPTY,
    env: ENVIRONMENT,
    timeout: LONGEST_MS,
    killSignal: 'SIGKILL',
  });
  const results = JSON.parse(stdout) as CommandResult[];
  if (results.length !== rows.length) throw new Error(`Of ${rows.length} command lines ${results.length} have ended.`);
  return results;
}
