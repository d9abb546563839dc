import type { Preset } from '../catalog/preset.ts';
import { PRESETS } from '../catalog/presets.ts';
import { isRecord } from '../lib/record.ts';
import type { Environment } from './interpolate.ts';
import type { ConfigProblem } from './problems.ts';

/** Providers with what their presets know, filled in where the file says nothing. */
export interface Completed {
  readonly value: unknown;
  readonly problems: readonly ConfigProblem[];
  /** What came from the environment, to the `${NAME}` that it might have been written as. */
  readonly filled: ReadonlyMap<string, string>;
  /** The variable that each provider's key came from by its preset. */
  readonly keyVariables: ReadonlyMap<string, string>;
}

/** Fills a provider's address and key in from its preset and the environment. A variable that is needed and not set is a problem. Pure. */
export function completePresets(value: unknown, environment: Environment): Completed {
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

  function address(preset: Preset, path: string): string {
    const own = read(preset.baseUrlVariable);
    if (own !== undefined) {
      const elsewhere = addressOf(own, preset);
      if (elsewhere !== undefined) return elsewhere;
      const message = `is what ${preset.baseUrlVariable} says, which is no http or https URL`;
      problems.push({ path: `${path}.baseUrl`, message });
      return 'http://unknown';
    }
    return preset.baseUrl.replaceAll(/\{(\w+)\}/g, (_, name: string) => {
      const found = read(name);
      if (found === undefined)
        problems.push({ path: `${path}.baseUrl`, message: `is missing, and its preset needs the variable ${name}` });
      return found?.replace(/\/+$/, '') ?? 'http://unknown';
    });
  }

  function key(preset: Preset, name: string): string | undefined {
    const variable = preset.keyVariables.find((each) => read(each) !== undefined);
    if (variable !== undefined) keyVariables.set(name, variable);
    else if (preset.keyVariables.length > 0) {
      const message = `is missing, and ${preset.keyVariables.join(' or ')} is not set`;
      problems.push({ path: `providers.${name}.apiKey`, message });
    }
    return variable === undefined ? undefined : read(variable);
  }

  const complete = ([name, provider]: [string, unknown]): [string, unknown] => {
    const preset = isRecord(provider) ? presetOf(provider['preset']) : undefined;
    if (!isRecord(provider) || preset === undefined) return [name, provider];
    const baseUrl = provider['baseUrl'] ?? address(preset, `providers.${name}`);
    const pool = provider['apiKeys'];
    const apiKey = provider['apiKey'] ?? (pool === undefined ? key(preset, name) : undefined);
    return [name, { ...provider, baseUrl, ...(apiKey === undefined ? {} : { apiKey }) }];
  };
  const providers = Object.fromEntries(Object.entries(value['providers']).map(complete));
  return { value: { ...value, providers }, problems, filled, keyVariables };
}

/**
 * A vendor's address by its variable. Vendors' own SDKs do not agree whether a path belongs into it, so a bare host gets the preset's.
 * Undefined for what is no address.
 */
export function addressOf(text: string, { baseUrl }: Preset): string | undefined {
  const url = URL.parse(text);
  if (url === null || !/^https?:$/.test(url.protocol)) return undefined;
  if (url.username !== '' || url.password !== '' || url.search !== '' || url.hash !== '') return undefined;
  // As it is spelled: an odd spelling of an address is told from a plain one later on.
  const bare = text.trim().replace(/\/+$/, '');
  return url.pathname === '/' ? `${bare}${baseUrl.replace(/^(?:\w+:\/\/[^/]+|\{\w+\})/, '')}` : bare;
}

function presetOf(name: unknown): Preset | undefined {
  return typeof name === 'string' && Object.hasOwn(PRESETS, name) ? PRESETS[name] : undefined;
}
