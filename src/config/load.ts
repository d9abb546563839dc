import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { evaluateConfig } from './evaluate.ts';
import { completePresets } from './from-preset.ts';
import { memberOf } from '../lib/record.ts';
import { createRedact } from '../lib/redact.ts';
import { createConceal } from './conceal.ts';
import { crossCheck } from './cross-check.ts';
import { type Environment, interpolate } from './interpolate.ts';
import { outlineOf } from './outline.ts';
import { parseYaml } from './parse-yaml.ts';
import { type ConfigProblem, problemsOf } from './problems.ts';
import { proxyProblems } from './proxies.ts';
import { type Config, configSchema } from './schema.ts';

/** A checked configuration, or everything that is wrong with it. */
export type ConfigResult =
  | {
      readonly ok: true;
      readonly config: Config;
      /** Where each provider's key comes from: a variable's name, `the file`, or `none`. */
      readonly keySources: ReadonlyMap<string, string>;
    }
  | { readonly ok: false; readonly problems: readonly ConfigProblem[] };

/** Checks a configuration that is already a value. Lists every problem at once. Pure but for the environment it is given and the certificates that it names. */
export function parseConfig(value: unknown, environment: Environment): ConfigResult {
  const written = interpolate(value, environment);
  const known = completePresets(written.value, environment);
  const complete = known.value;
  const filled = new Map([...known.filled, ...written.filled]);
  const parsed = configSchema.safeParse(complete);
  const problems = onePerPath([
    written.problems,
    known.problems,
    parsed.success ? [] : problemsOf(parsed.error, complete),
    crossCheck(outlineOf(complete)),
    proxyProblems(environment),
  ]);
  if (parsed.success && problems.length === 0)
    return { ok: true, config: parsed.data, keySources: keySources(value, known.keyVariables, parsed.data) };
  return { ok: false, problems: problems.map(createConceal(complete, filled)) };
}

/** Checks a configuration in writing; JSON is YAML. Lists every problem at once. */
export function parseConfigText(text: string, environment: Environment): ConfigResult {
  const parsed = parseYaml(text);
  if (!parsed.ok) return parsed;
  if (parsed.value === null || parsed.value === undefined) return refused('the file is empty');
  return parseConfig(parsed.value, environment);
}

/** Reads and checks a file: YAML or JSON, or a program in TypeScript or JavaScript. A file that cannot be read is a problem like any other. An abort of the signal ends a program that runs. */
export async function loadConfigFile(
  path: string,
  environment: Environment,
  signal?: AbortSignal,
): Promise<ConfigResult> {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unreadable';
    return refused(code === 'ENOENT' ? 'no such file' : `cannot be read (${code})`);
  }
  if (!/\.[cm]?[jt]s$/.test(path)) return parseConfigText(text, environment);
  const { value, problems } = await evaluateConfig(resolve(path), signal);
  if (problems.length === 0) return parseConfig(value, environment);
  // A program may put anything into its errors.
  const redact = createRedact(secretsOf(environment));
  return { ok: false, problems: problems.map((problem) => ({ ...problem, message: redact(problem.message) })) };
}

/** Where a configuration may stand in a directory, in order. */
export const CONFIG_FILES = ['spillway.config.ts', 'spillway.yaml', 'spillway.yml', 'spillway.json'] as const;

/** The file to use: the flag's, else `SPILLWAY_CONFIG`'s, else the directory's own; undefined when there is none. */
export function findConfigFile(
  flag: string | undefined,
  environment: Environment,
  directory: string,
): string | undefined {
  if (flag !== undefined) return flag;
  const named = environment['SPILLWAY_CONFIG'];
  if (named !== undefined && named !== '') return named;
  return CONFIG_FILES.map((file) => join(directory, file)).find((file) => existsSync(file));
}

function refused(message: string): ConfigResult {
  return { ok: false, problems: [{ path: '', message }] };
}

/** The problems of each round at paths where no round before had any: what follows from a problem is none of its own. */
function onePerPath(rounds: readonly (readonly ConfigProblem[])[]): ConfigProblem[] {
  const told: ConfigProblem[] = [];
  for (const round of rounds) {
    const paths = new Set(told.map(({ path }) => path));
    told.push(...round.filter(({ path }) => !paths.has(path)));
  }
  return told;
}

function keySources(
  written: unknown,
  variables: ReadonlyMap<string, string>,
  { providers }: Config,
): ReadonlyMap<string, string> {
  const inFile = memberOf(written, 'providers');
  return new Map(
    Object.entries(providers).map(([name, { apiKey, apiKeys }]) => {
      if (apiKeys !== undefined) return [name, `a pool of ${apiKeys.length}`];
      const text = memberOf(memberOf(inFile, name), 'apiKey');
      const variable = typeof text === 'string' ? /^\$\{([^}]*)\}$/.exec(text)?.[1] : variables.get(name);
      const none = apiKey === undefined || apiKey.reveal() === 'none';
      return [name, none ? 'none' : (variable ?? 'the file')];
    }),
  );
}

function secretsOf(environment: Environment): string[] {
  return Object.entries(environment).flatMap(([name, value]) =>
    value !== undefined && value.length >= 8 && /key|token|secret|password/i.test(name) ? [value] : [],
  );
}
