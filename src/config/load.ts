import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { memberOf } from '../lib/record.ts';
import { createRedact } from '../lib/redact.ts';
import { applyPresets } from './apply-presets.ts';
import { crossCheck } from './cross-check.ts';
import { evaluateConfig } from './evaluate.ts';
import { type Environment, interpolate } from './interpolate.ts';
import { outlineOf } from './outline.ts';
import { parseYaml } from './parse-yaml.ts';
import { type ConfigProblem, problemsOf } from './problems.ts';
import { proxyProblems } from './proxies.ts';
import { createProblemRedactor } from './redact-problems.ts';
import { type Config, configSchema } from './schema.ts';
import { createSecretFiles, type SecretFiles } from './secret-files.ts';

/** A checked configuration, or every problem of it. */
export type ConfigResult = (
  | {
      readonly ok: true;
      readonly config: Config;
      /** By provider: the source of its key, for people. A variable's name, `file:PATH`, `the file`, `none`, or the size of its pool. */
      readonly keySources: ReadonlyMap<string, string>;
    }
  | { readonly ok: false; readonly problems: readonly ConfigProblem[] }
) & {
  /** By path, the version of each file that a `${file:PATH}` names, as of its read. Undefined where no variable was reached. */
  readonly files?: ReadonlyMap<string, string> | undefined;
};

/**
 * Checks a configuration that is a value. Reports all problems at once. Reads the environment that it is given, the files of `${file:PATH}` through `files`,
 * and the certificate files that the configuration names; pure otherwise.
 */
export function parseConfig(
  value: unknown,
  environment: Environment,
  files: SecretFiles = createSecretFiles(),
): ConfigResult {
  const { versions } = files;
  const interpolated = interpolate(value, environment, files);
  const applied = applyPresets(interpolated.value, environment);
  const complete = applied.value;
  const filled = new Map([...applied.filled, ...interpolated.filled]);
  const parsed = configSchema.safeParse(complete);
  const problems = firstPerPath([
    interpolated.problems,
    applied.problems,
    parsed.success ? [] : problemsOf(parsed.error, complete),
    crossCheck(outlineOf(complete)),
    proxyProblems(environment),
  ]);
  if (parsed.success && problems.length === 0)
    return {
      ok: true,
      config: parsed.data,
      keySources: keySourcesOf(value, applied.keyVariables, parsed.data),
      files: versions,
    };
  return { ok: false, problems: problems.map(createProblemRedactor(complete, filled)), files: versions };
}

/** Checks a configuration that is YAML or JSON text. Reports all problems at once. */
export function parseConfigText(text: string, environment: Environment): ConfigResult {
  const parsed = parseYaml(text);
  if (!parsed.ok) return parsed;
  if (parsed.value === null || parsed.value === undefined)
    return fileProblem('the file is empty; write providers and chains');
  return parseConfig(parsed.value, environment);
}

/**
 * Reads and checks a configuration file: YAML or JSON, or a program in TypeScript or JavaScript. A file that cannot be read is a problem.
 * Aborting the signal ends the evaluation of a program. Never rejects.
 */
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
    return fileProblem(code === 'ENOENT' ? 'no such file' : `cannot be read (${code})`);
  }
  if (!/\.[cm]?[jt]s$/.test(path)) return parseConfigText(text, environment);
  const { value, problems } = await evaluateConfig(resolve(path), signal);
  if (problems.length === 0) return parseConfig(value, environment);
  // The errors of a program may contain any variable of the environment.
  const redact = createRedact(secretsOf(environment));
  return { ok: false, problems: problems.map((problem) => ({ ...problem, message: redact(problem.message) })) };
}

/** Names of configuration files in a directory, in order of preference. */
export const CONFIG_FILES = ['spillway.config.ts', 'spillway.yaml', 'spillway.yml', 'spillway.json'] as const;

/** The configuration file to use: the flag's, else `SPILLWAY_CONFIG`'s, else the first that exists in the directory. Undefined without one. */
export function findConfigFile(
  flag: string | undefined,
  environment: Environment,
  directory: string,
): string | undefined {
  if (flag !== undefined) return flag;
  const variable = environment['SPILLWAY_CONFIG'];
  if (variable !== undefined && variable !== '') return variable;
  return CONFIG_FILES.map((file) => join(directory, file)).find((file) => existsSync(file));
}

function fileProblem(message: string): ConfigResult {
  return { ok: false, problems: [{ path: '', message }] };
}

/** Takes from each round only problems at paths where no earlier round has any: the later ones follow from the earlier ones. */
function firstPerPath(rounds: readonly (readonly ConfigProblem[])[]): ConfigProblem[] {
  const kept: ConfigProblem[] = [];
  for (const round of rounds) {
    const paths = new Set(kept.map(({ path }) => path));
    kept.push(...round.filter(({ path }) => !paths.has(path)));
  }
  return kept;
}

function keySourcesOf(
  written: unknown,
  keyVariables: ReadonlyMap<string, string>,
  { providers }: Config,
): ReadonlyMap<string, string> {
  const inFile = memberOf(written, 'providers');
  return new Map(
    Object.entries(providers).map(([name, { apiKey, apiKeys }]) => {
      if (apiKeys !== undefined) return [name, apiKeys.length === 1 ? '1 key' : `${apiKeys.length} keys`];
      const text = memberOf(memberOf(inFile, name), 'apiKey');
      const variable = typeof text === 'string' ? /^\$\{([^}]*)\}$/.exec(text)?.[1] : keyVariables.get(name);
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
