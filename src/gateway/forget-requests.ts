import { auditOf } from '../accounts/actor.ts';
import { abortError } from '../domain/abort-error.ts';
import { GatewayError } from '../domain/errors.ts';
import type { RequestForgetInput, RequestsForgotten } from '../domain/request-list.ts';
import type { RequestScope } from '../domain/scope.ts';
import { abortCode } from '../lib/abort.ts';
import type { Clock } from '../lib/clock.ts';
import { pause } from '../lib/pause.ts';
import { firstIdAt, parseIdText } from '../lib/time-ids.ts';
import type { RequestLog } from '../observe/requests/request-log.ts';
import { actorOf } from '../router/actor-of.ts';
import { fromStore } from '../store/from-store.ts';
import type { ForgetSlice } from '../store/request-log/stored-log.ts';
import type { RequestStores } from './list-requests.ts';
import { visibleLabels } from './visible-to.ts';

/** How long rows that wait may take to be written first, in milliseconds. */
const FLUSH_MS = 5000;
/** Rows of a slice; fewer mean that none is left. */
const SLICE_ROWS = 1000;
/** The pause between two slices, in milliseconds: rows are written in it. */
const PAUSE_MS = 20;

/** What forgetting works with. */
export interface ForgetTools extends Pick<RequestStores, 'store'> {
  readonly log: Pick<RequestLog, 'flush' | 'formsOf'>;
  readonly clock: Clock;
}

/**
 * Deletes rows of the request log, in slices; sums of usage and spend stay. An admin with a tenant deletes rows of that tenant only. Its audit entry is
 * written with the first slice. When the client disconnects, what is left stays. Rejects with `forbidden` or `store_unavailable`.
 */
export async function forgetRequests(
  { store, log, clock }: ForgetTools,
  scope: RequestScope,
  input: RequestForgetInput,
): Promise<RequestsForgotten> {
  const { tenant, key, user, ids } = input;
  const visible = visibleLabels(scope.principal, { tenant, key });
  if (visible === undefined) throw new GatewayError('forbidden', { message: 'These requests are not of your tenant.' });
  const chosen = ids?.map((id) => parseIdText(id) ?? 0n);
  const now = clock.now();
  const below = firstIdAt(input.before === undefined ? now + 1 : Date.parse(input.before));
  await log.flush(FLUSH_MS);
  const forms = user === undefined ? [undefined] : await fromStore(log.formsOf(user));
  const target = key ?? tenant ?? (user === undefined ? `${ids?.length ?? 0} ids` : forms.at(-1)) ?? '';
  const by = Object.keys(input).find((member) => member !== 'before');
  const deed = { action: 'requests.forget', target, tenant: visible.tenant ?? '', before: undefined };
  const after = { by, before: input.before };
  let audit: ForgetSlice['audit'] = auditOf(actorOf(scope), { ...deed, after }, Math.floor(now));
  let deleted = 0;
  for (const form of forms) {
    const slice = { filter: { ...visible, user: form }, ids: chosen, below };
    for (let rows = SLICE_ROWS; rows === SLICE_ROWS;) {
      if (scope.signal.aborted) throw abortError(abortCode(scope.signal));
      rows = await fromStore(store.requestLog.forget({ ...slice, audit }));
      audit = undefined;
      deleted += rows;
      if (rows === SLICE_ROWS) await pause(clock, PAUSE_MS, scope.signal);
    }
  }
  return { object: 'requests.forgotten', deleted };
}
