import type { RequestScope } from '../../domain/scope.ts';
import type { Planned } from './planned.ts';

/** The plan of a request that begins again: the entry whose answer broke off is the last one. Any other plan is unchanged. */
export function brokenOffLast(
  plan: readonly Planned[],
  { brokenOff }: Pick<RequestScope, 'brokenOff'>,
): readonly Planned[] {
  if (brokenOff === undefined) return plan;
  const isBroken = ({ entry: { provider, model } }: Planned): boolean =>
    provider === brokenOff.provider && model === brokenOff.model;
  return [...plan.filter((each) => !isBroken(each)), ...plan.filter(isBroken)];
}
