import type { Answer } from '../attempt/answer.ts';
import type { Call } from '../domain/call.ts';
import type { RequestScope } from '../domain/scope.ts';

/** The rest of the way: from a stage's point of view, the chain. */
export type Next = (call: Call, scope: RequestScope) => Promise<Answer>;

/**
 * Something around the chain: it may answer by itself, change the call, or look at the answer. Throws a GatewayError to refuse.
 * A stream that it was given and does not hand on ends with the request at the latest; disposing it sooner saves its tokens.
 */
export type Stage = (call: Call, scope: RequestScope, next: Next) => Promise<Answer>;

/** Puts stages around a run, the first one outermost. */
export function throughStages(stages: readonly Stage[], run: Next): Next {
  return stages.reduceRight<Next>((next, stage) => (call, scope) => stage(call, scope, next), run);
}
