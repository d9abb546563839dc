import type { ProgressEvent } from '../../src/domain/events.ts';

/** The commit of a request without a tenant, in the chain `default`. */
export const COMMITTED: ProgressEvent = Object.freeze({
  kind: 'committed',
  requestId: 'req_1',
  clientRequestId: undefined,
  chain: 'default',
  tenant: '',
  n: 1,
  provider: 'a',
  model: 'm',
  afterMs: 1,
});
