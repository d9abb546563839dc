import type { AppRouter } from '../router/app-router.ts';
import type { DoorTools } from '../door/admit.ts';
import { createTrpcHandle, type TrpcHandle } from './handle.ts';
import { createTrpcMatch, type MatchTrpc } from './match.ts';

/** The tRPC door, for an HTTP edge: what it answers itself, and what tRPC's own adapter needs for the rest. */
export interface TrpcDoor {
  readonly router: AppRouter;
  readonly match: MatchTrpc;
  readonly handle: TrpcHandle;
  readonly tools: DoorTools;
}

/** Makes the tRPC door of a router. */
export function createTrpcDoor(router: AppRouter, tools: DoorTools): TrpcDoor {
  return { router, match: createTrpcMatch(router), handle: createTrpcHandle(router, tools), tools };
}
