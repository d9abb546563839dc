import type { Target } from '../../domain/chain.ts';

/** The version without an end of life that takes every parameter. A client that sends none gets it. */
const DEFAULT_VERSION = '2023-06-01';
const VERSION = 'anthropic-version';
const BETA = 'anthropic-beta';
/** OAuth tokens of Anthropic's plans, which no `x-api-key` carries. */
const OAUTH_TOKEN = 'sk-ant-oat';

/** What the headers of an Anthropic request are made of; names in lower case. */
export interface HeaderParts {
  /** The client's, or what a translation needs. */
  readonly asked: Readonly<Record<string, string>>;
  /** What every JSON request has. */
  readonly json: Readonly<Record<string, string>>;
  /** The gateway's own, which win over all others. */
  readonly own: Readonly<Record<string, string>>;
}

/**
 * The headers of a request to Anthropic's API: the configured ones win over the client's, and the gateway's own over both. Beta words of all of them are
 * sent, except those that the target's preset does not list.
 */
export function anthropicHeaders(
  { headers, apiKey, keyHeader, quirks }: Target,
  { asked, json, own }: HeaderParts,
): Record<string, string> {
  const all: Record<string, string> = { [VERSION]: DEFAULT_VERSION, ...asked, ...headers, ...json };
  const words = betasIn(asked[BETA], quirks.betas);
  // What is configured is sent as it is.
  for (const word of betasIn(headers[BETA], undefined)) words.add(word);
  if (words.size > 0) all[BETA] = [...words].join(',');
  else delete all[BETA];
  if (apiKey === undefined) return Object.assign(all, own);
  if (keyHeader === 'authorization' || apiKey.startsWith(OAUTH_TOKEN)) all['authorization'] = `Bearer ${apiKey}`;
  else all[keyHeader] = apiKey;
  return Object.assign(all, own);
}

function betasIn(list: string | undefined, allowed: readonly string[] | undefined): Set<string> {
  const words = (list ?? '').split(',').map((word) => word.trim());
  return new Set(words.filter((word) => word !== '' && (allowed?.includes(word) ?? true)));
}
