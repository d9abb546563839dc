import type { Cost } from '../catalog/preset.ts';
import type { FoundEntry } from './zero-config.ts';

/** What a request may cost, in words. */
export const COSTS: Readonly<Record<Cost, string>> = Object.freeze({
  local: 'on this machine',
  'free-tier': 'free up to a limit',
  paid: 'may cost money',
});

/** Where editors find what may stand in the file, once the package is installed beside it. */
export const SCHEMA_PATH = './node_modules/spillway/docs/config.schema.json';

/** The file that says in writing what would be served without one. Its keys are the names of variables. */
export function initFile(entries: readonly FoundEntry[]): string {
  // JSON's texts are YAML's, whatever a model is called.
  const names = entries.map(({ provider, model }) => JSON.stringify(`${provider}/${model}`));
  const wide = Math.max(...names.map(({ length }) => length));
  const providers = entries.map(({ provider, variable }) => {
    const key = variable === undefined ? 'none' : `"\${${variable}}"`;
    return `  ${provider}: { preset: ${provider}, apiKey: ${key} }`;
  });
  const listed = entries.map(({ cost }, index) => `      - ${(names[index] ?? '').padEnd(wide)}  # ${COSTS[cost]}`);
  return `# yaml-language-server: $schema=${SCHEMA_PATH}
# A request goes to the first entry of its chain, and spills to the next one until one of them answers.
# Check this file with: spillway check --live

server: { host: 127.0.0.1, port: 4141 }

# Needed before others than this machine may ask:
# auth: { keys: [ { name: me, key: "\${SPILLWAY_KEY}" } ] }

providers:
${providers.join('\n')}

chains:
  default:
    entries:
${listed.join('\n')}
    # deadline: 10m                  # from the request to its first token, over all entries
    # timeouts: { firstToken: 60s }  # of each entry; also connect, headers, idle and total

defaults: { chain: default }         # for requests that name no model

# aliases: { gpt-4o: default }       # other names that clients may use
`;
}
