import type { Target } from '../../domain/chain.ts';

/** Whether a target is Anthropic itself, and neither a compatible vendor nor a cloud that serves its models. */
export function isFirstParty({ preset, endpoint }: Pick<Target, 'preset' | 'endpoint'>): boolean {
  if (preset === 'anthropic') return true;
  const { hostname } = new URL(endpoint.origin);
  return hostname === 'anthropic.com' || hostname.endsWith('.anthropic.com');
}
