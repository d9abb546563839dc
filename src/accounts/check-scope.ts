import { unknownProvider } from '../config/known-names.ts';
import { isKnownName } from '../config/resolve.ts';
import type { CheckedScope } from '../domain/account.ts';
import type { KeyRecord } from '../domain/key-record.ts';
import { GatewayError } from '../domain/errors.ts';
import { nearest } from '../lib/nearest.ts';
import type { AccountTools } from './account-tools.ts';

/** The tenant that a key would have, and one that is known to exist. */
interface TenantOf {
  readonly tenant: string;
  readonly own: string;
}

/**
 * Checks the members of an input that refer to the configuration, and its times. Throws `invalid_request` that names the member.
 */
export function checkScope(
  { snapshot, now, tenant }: Pick<AccountTools, 'snapshot' | 'now' | 'tenant'>,
  input: CheckedScope,
  { tenant: name, own }: TenantOf,
): void {
  const { chains, aliases, providers, keys } = snapshot();
  for (const [index, name] of (input.chains ?? []).entries()) {
    if (isKnownName(snapshot(), name)) continue;
    const near = nearest(name, [...chains.keys(), ...aliases.keys()]);
    throw invalid(`chains.${index}`, `there is no chain ${quoted(name)}`, near);
  }
  for (const [index, pattern] of (input.models ?? []).entries()) {
    const problem = unknownProvider(pattern, providers);
    if (problem !== undefined) throw invalid(`models.${index}`, problem.message, problem.nearest);
  }
  for (const [index, { models = [] }] of (input.budgets ?? []).entries()) {
    for (const [at, pattern] of models.entries()) {
      const problem = unknownProvider(pattern, providers);
      if (problem !== undefined) throw invalid(`budgets.${index}.models.${at}`, problem.message, problem.nearest);
    }
  }
  if (input.expires_at !== undefined && input.expires_at !== null && input.expires_at <= now())
    throw invalid('expires_at', 'is in the past');
  const isKnown = name === '' || name === own || tenant(name) !== undefined || keys.some((key) => key.tenant === name);
  if (!isKnown) throw invalid('tenant', `there is no tenant ${quoted(name)}`);
}

/** Refuses the right to read bodies for other keys than those of admins. Throws `invalid_request`. */
export function checkBodies({ bodies, role }: Pick<KeyRecord, 'bodies' | 'role'>): void {
  if (bodies === true && role !== 'admin') throw invalid('bodies', 'needs the role admin');
}

function invalid(param: string, problem: string, near?: string): GatewayError {
  const hint = near === undefined ? '' : `; did you mean ${quoted(near)}?`;
  return new GatewayError('invalid_request', { message: `${param}: ${problem}${hint}`, param });
}

function quoted(text: string): string {
  return JSON.stringify(text.slice(0, 100));
}
