import type { Answer } from '../attempt/answer.ts';
import type { Call } from '../domain/call.ts';
import type { RequestScope } from '../domain/scope.ts';

/** The stages that follow, and behind them the chain. */
export type Next = (call: Call, scope: RequestScope) => Promise<Answer>;

/**
 * A stage around the chain. It may answer by itself, change the call, or inspect the answer. Throws a GatewayError to refuse. A stream that
 * it got and does not return ends with the request at the latest; disposing it earlier saves its tokens.
 */
export type Stage = (call: Call, scope: RequestScope, next: Next) => Promise<Answer>;

/** Composes stages around a run, the first one outermost. */
export function throughStages(stages: readonly Stage[], run: Next): Next {
  return stages.reduceRight<Next>((next, stage) => (call, scope) => stage(call, scope, next), run);
}
