import type { Gateway } from '../gateway/gateway.ts';
import { createMergedRouter, type IdentityOf, type SpillwayRouter } from '../trpc/merged-router.ts';

/**
 * Makes the gateway's procedures as a router to be merged into an application's own tRPC router under a name, with the application's own context:
 * `router({ llm: createSpillwayRouter(gateway, (ctx: Context) => ({ principal: { id: ctx.user.id } })), todos })`. `identify` names the caller of each
 * call; a caller without a principal may call public procedures only. A GatewayError that it throws is the answer; anything else that it throws
 * is an `internal_error`, which shows nothing of it.
 */
export function createSpillwayRouter<TContext extends object>(
  gateway: Pick<Gateway, 'doors'>,
  identify: IdentityOf<TContext>,
): SpillwayRouter<TContext> {
  return createMergedRouter(gateway.doors.trpc.tools, identify);
}
