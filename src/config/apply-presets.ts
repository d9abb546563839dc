import type { Preset } from '../catalog/preset.ts';
import { PRESETS } from '../catalog/presets.ts';
import { isRecord } from '../lib/record.ts';
import type { Environment } from './interpolate.ts';
import type { ConfigProblem } from './problems.ts';

/** A configuration whose providers have the defaults of their presets. */
export interface AppliedPresets {
  readonly value: unknown;
  readonly problems: readonly ConfigProblem[];
  /** Values from the environment, to the `${NAME}` that each could have been written as. */
  readonly filled: ReadonlyMap<string, string>;
  /** By provider: the environment variable that its preset took the key from. */
  readonly keyVariables: ReadonlyMap<string, string>;
}

/**
 * Adds `baseUrl` and `apiKey` to every provider that has a preset and does not set them, from the preset and the environment. A variable that
 * is needed and not set is a problem. Pure.
 */
export function applyPresets(value: unknown, environment: Environment): AppliedPresets {
  const problems: ConfigProblem[] = [];
  const filled = new Map<string, string>();
  const keyVariables = new Map<string, string>();
  if (!isRecord(value) || !isRecord(value['providers'])) return { value, problems, filled, keyVariables };

  const read = (name: string): string | undefined => {
    const found = Object.hasOwn(environment, name) ? environment[name] : undefined;
    if (found === undefined || found === '') return undefined;
    filled.set(found, `\${${name}}`);
    return found;
  };

  function baseUrlFrom(preset: Preset, path: string): string {
    const override = read(preset.baseUrlVariable);
    if (override !== undefined) {
      const baseUrl = baseUrlOverride(override, preset);
      if (baseUrl !== undefined) return baseUrl;
      const message = `environment variable ${preset.baseUrlVariable} is not an http or https URL; correct or unset it`;
      problems.push({ path: `${path}.baseUrl`, message });
      return 'http://unknown';
    }
    return preset.baseUrl.replaceAll(/\{(\w+)\}/g, (_, name: string) => {
      const found = read(name);
      if (found === undefined) {
        const message = `environment variable ${name} is not set; set it or write baseUrl`;
        problems.push({ path: `${path}.baseUrl`, message });
      }
      return found?.replace(/\/+$/, '') ?? 'http://unknown';
    });
  }

  function apiKeyFrom({ keyVariables: names }: Preset, provider: string): string | undefined {
    const variable = names.find((each) => read(each) !== undefined);
    if (variable !== undefined) keyVariables.set(provider, variable);
    else if (names.length > 0) {
      const unset =
        names.length === 1
          ? `environment variable ${names[0]} is not set; set it`
          : `environment variables ${names.join(' and ')} are not set; set one of them`;
      problems.push({ path: `providers.${provider}.apiKey`, message: `${unset} or write apiKey` });
    }
    return variable === undefined ? undefined : read(variable);
  }

  const withDefaults = ([name, provider]: [string, unknown]): [string, unknown] => {
    const preset = isRecord(provider) ? presetNamed(provider['preset']) : undefined;
    if (!isRecord(provider) || preset === undefined) return [name, provider];
    const baseUrl = provider['baseUrl'] ?? baseUrlFrom(preset, `providers.${name}`);
    const pool = provider['apiKeys'];
    const apiKey = provider['apiKey'] ?? (pool === undefined ? apiKeyFrom(preset, name) : undefined);
    return [name, { ...provider, baseUrl, ...(apiKey === undefined ? {} : { apiKey }) }];
  };
  const providers = Object.fromEntries(Object.entries(value['providers']).map(withDefaults));
  return { value: { ...value, providers }, problems, filled, keyVariables };
}

/**
 * The base URL that an environment variable like `OPENAI_BASE_URL` gives a provider. The providers' SDKs disagree whether the variable contains
 * a path, so a URL without a path gets the path of the preset. Undefined when the text is not an http or https URL. Pure.
 */
export function baseUrlOverride(text: string, { baseUrl }: Preset): string | undefined {
  const url = URL.parse(text);
  if (url === null || !/^https?:$/.test(url.protocol)) return undefined;
  if (url.username !== '' || url.password !== '' || url.search !== '' || url.hash !== '') return undefined;
  // Not normalised: the check of private addresses treats an unusual spelling of an address differently from the plain one.
  const bare = text.trim().replace(/\/+$/, '');
  return url.pathname === '/' ? `${bare}${baseUrl.replace(/^(?:\w+:\/\/[^/]+|\{\w+\})/, '')}` : bare;
}

function presetNamed(name: unknown): Preset | undefined {
  return typeof name === 'string' && Object.hasOwn(PRESETS, name) ? PRESETS[name] : undefined;
}
