import type { Emit } from '../../src/domain/events.ts';
import { openRequestScope } from '../../src/domain/open-scope.ts';
import { authenticationOf } from '../../src/domain/principal.ts';
import type { RequestScope } from '../../src/domain/scope.ts';
import { type AbortScope, openAbortScope } from '../../src/lib/abort.ts';
import { systemClock } from '../../src/lib/clock.ts';

/** The scope of request `req_1` through the tRPC door of a keyless gateway, for tests that need no whole gateway. Its snapshot has nothing but `auth`. */
export function openTestScope({ abort = openAbortScope(), emit = () => undefined }: TestScope = {}): RequestScope {
  let ended = 0;
  return openRequestScope({
    id: 'req_1',
    clientRequestId: undefined,
    door: 'trpc',
    abort,
    snapshot: { auth: authenticationOf(new Map(), []) } as never,
    name: 'spillway-test',
    clock: systemClock,
    emit,
    nextSeq: () => ++ended,
    onFinish: () => undefined,
  });
}

interface TestScope {
  readonly abort?: AbortScope;
  readonly emit?: Emit;
}
