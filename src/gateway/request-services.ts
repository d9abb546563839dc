import { showsMessages } from '../domain/visible-error.ts';
import type { RequestLog } from '../observe/requests/request-log.ts';
import { tailRequests } from '../observe/requests/tail-requests.ts';
import type { RowFilter } from '../store/request-log/stored-log.ts';
import type { RequestServices } from '../router/services.ts';
import { forgetRequests } from './forget-requests.ts';
import { listRequests, retrieveRequest, rowFilterOf } from './list-requests.ts';
import { type BodyReading, readBodies } from './read-bodies.ts';
import { subscription } from './subscription.ts';

/** What the services of the request log are made of. */
export interface RequestServicesOptions extends BodyReading {
  readonly log: RequestLog;
}

/** No request has so many attempts. */
const NO_ROW: RowFilter = Object.freeze({ attemptsMin: Infinity });

/** Makes what the procedures of the request log use. */
export function createRequestServices(options: RequestServicesOptions): RequestServices {
  const { log, clock } = options;
  return {
    list: (scope, input) => listRequests(options, scope, input),
    retrieve: (scope, id) => retrieveRequest(options, scope, id),
    body: (scope, id) => readBodies(options, scope, id),
    forget: (scope, input) => forgetRequests(options, scope, input),
    async tail(scope, input) {
      const filter = await rowFilterOf(options, scope.principal, input);
      const { signal } = scope;
      const messages = showsMessages(scope);
      const wanted = filter ?? NO_ROW;
      return subscription(scope, tailRequests({ log, clock, filter: wanted, messages, signal }));
    },
  };
}
