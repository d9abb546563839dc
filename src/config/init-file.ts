import type { Cost } from '../catalog/preset.ts';
import type { FoundEntry } from './zero-config.ts';

/** What a request may cost, for people. */
export const COSTS: Readonly<Record<Cost, string>> = Object.freeze({
  local: 'on this machine',
  'free-tier': 'free tier',
  paid: 'may cost money',
});

/** Path of the configuration's JSON Schema for editors, relative to a folder in which the package is installed. */
export const SCHEMA_PATH = './node_modules/spillway/docs/config.schema.json';

/**
 * Formats a configuration file that serves the same as these entries do without one. Keys are written as names of environment variables. Pure.
 */
export function initFile(entries: readonly FoundEntry[]): string {
  // A JSON string is a valid YAML string, whatever characters the name of a model contains.
  const names = entries.map(({ provider, model }) => JSON.stringify(`${provider}/${model}`));
  const width = Math.max(...names.map(({ length }) => length));
  const providers = entries.map(({ provider, variable }) => {
    const key = variable === undefined ? 'none' : `"\${${variable}}"`;
    return `  ${provider}: { preset: ${provider}, apiKey: ${key} }`;
  });
  const listed = entries.map(({ cost }, index) => `      - ${(names[index] ?? '').padEnd(width)}  # ${COSTS[cost]}`);
  return `# yaml-language-server: $schema=${SCHEMA_PATH}
# A request goes to the first entry of its chain. If that entry fails, the next one is tried, until one of them answers.
# Check this file with: spillway check --live
# "\${NAME}" is an environment variable, and "\${file:/run/secrets/NAME}" the text of a file.

server: { host: 127.0.0.1, port: 4141 }

# Required before the gateway may listen on an address that other machines can reach:
# auth: { keys: [ { name: me, key: "\${SPILLWAY_KEY}" } ] }

providers:
${providers.join('\n')}

chains:
  default:
    entries:
${listed.join('\n')}
    # deadline: 10m                  # from the request to its first token, over all entries
    # timeouts: { firstToken: 60s }  # of each entry; also connect, headers, idle and total

defaults: { chain: default }         # for requests without a model

# Keys of clients that are made at run time, what they have spent, and used quotas of providers.
store: { url: "sqlite:./spillway.db" }

# aliases: { gpt-4o: default }       # other names that clients may use
`;
}
