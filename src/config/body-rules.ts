import { BODY_REDACTIONS, type BodyRedaction, type BodyRules } from '../domain/body-rules.ts';
import type { Config } from './schema.ts';

const DEFAULT_SAMPLE = 0.01;
const DEFAULT_MAX_BYTES = 64 * 1024;

/** The rules for bodies of a configuration; undefined where none are kept. `secrets`: all that are redacted in texts of this configuration. */
export function bodyRules({ log, aliases = {} }: Config, secrets: readonly string[]): BodyRules | undefined {
  const bodies = log?.bodies;
  if (bodies === undefined) return undefined;
  const { chains, sample = DEFAULT_SAMPLE, maxBytes = DEFAULT_MAX_BYTES, redact = BODY_REDACTIONS } = bodies;
  return Object.freeze({
    chains: new Set(chains.map((name) => chainOf(name, aliases))),
    sample,
    maxBytes,
    mayOptOut: log?.optOut ?? false,
    known: redact.filter((each): each is BodyRedaction => typeof each === 'string'),
    patterns: redact.flatMap((each) => (typeof each === 'string' ? [] : [each.pattern])),
    secrets,
  });
}

/** The chain that a name stands for. Aliases are not circular once they are checked. */
function chainOf(name: string, aliases: Readonly<Record<string, string>>): string {
  const target = Object.hasOwn(aliases, name) ? aliases[name] : undefined;
  return target === undefined ? name : chainOf(target, aliases);
}
