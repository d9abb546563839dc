import type { RequestFinished } from '../../src/domain/events.ts';
import { NO_COST } from '../../src/domain/usage.ts';

/** The end of a request that was answered, with these members. */
export function finishedEvent(event: Partial<RequestFinished> = {}): RequestFinished {
  return {
    kind: 'request_finished',
    seq: 1,
    requestId: 'r',
    clientRequestId: undefined,
    acceptedAt: 0,
    totalMs: 5,
    door: 'rest',
    principal: 'p',
    keyId: 'k',
    tenant: 't',
    remoteAddress: undefined,
    method: undefined,
    path: undefined,
    userAgent: undefined,
    operation: 'chat.completions.create',
    stream: false,
    requestedModel: undefined,
    user: undefined,
    run: undefined,
    tags: [],
    traceId: undefined,
    chain: 'default',
    provider: 'a',
    model: 'm',
    dropped: [],
    status: 200,
    code: 'ok',
    usage: undefined,
    usageSource: 'none',
    cost: NO_COST,
    inputBytes: 1,
    outputBytes: undefined,
    trail: [],
    hedged: false,
    committedMs: undefined,
    ...event,
  };
}
