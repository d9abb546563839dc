import type { AnswerMembers, Call } from '../domain/call.ts';
import type { Principal } from '../domain/principal.ts';
import type { OperationName } from '../domain/operation-names.ts';
import type { CallTools, PreparedCall } from '../router/call-context.ts';
import type { KeptResponses } from '../runs/kept-responses.ts';

/** What prepares the calls of some operations. */
export interface Preparations {
  readonly responses: Pick<KeptResponses, 'prepare'>;
}

/** Makes the preparation of calls: that of their operation, and none for most. */
export function prepareWith(preparations: Preparations): CallTools['prepare'] {
  const own: ReadonlyMap<string, Prepare> = new Map<OperationName, Prepare>([
    ['responses', (call, principal, members) => preparations.responses.prepare(call, principal, members)],
  ]);
  return (call, principal, members) =>
    own.get(call.operation.name)?.(call, principal, members) ?? { call, stages: NONE };
}

type Prepare = (call: Call, principal: Principal, members?: AnswerMembers) => PreparedCall;

const NONE: PreparedCall['stages'] = Object.freeze([]);
