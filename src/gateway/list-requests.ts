import { GatewayError } from '../domain/errors.ts';
import type { Principal } from '../domain/principal.ts';
import type { RequestFilter, RequestList, RequestListInput, RequestRecord } from '../domain/request-list.ts';
import type { RequestScope } from '../domain/scope.ts';
import { NANO_PER_DOLLAR } from '../domain/usage.ts';
import { showsMessages } from '../domain/visible-error.ts';
import { firstIdAt, idText, parseIdText } from '../lib/time-ids.ts';
import { describeRow } from '../observe/requests/describe-row.ts';
import type { RequestLog } from '../observe/requests/request-log.ts';
import { fromStore } from '../store/from-store.ts';
import type { RequestRow } from '../store/request-log/request-row.ts';
import type { RowPage, RowQuery } from '../store/request-log/stored-log.ts';
import type { RowFilter } from '../store/request-log/stored-log.ts';
import type { Store } from '../store/store.ts';
import { visibleLabels } from './visible-to.ts';

/** Requests of a page. */
const USUAL_REQUESTS = 50;
/** How long a store in memory, which gets its rows late, may take for them, in milliseconds. */
const FLUSH_MS = 1000;
/** The form of the gateway's own ids. */
const OWN_ID = /^req_[0-9a-f]{32}$/;

/** Where requests are logged. */
export interface RequestStores {
  readonly store: Pick<Store, 'requestLog' | 'persistent'>;
  readonly log: Pick<RequestLog, 'flush' | 'formOf'>;
}

type Reader = Pick<RequestScope, 'principal' | 'options'>;

/**
 * A page of the requests that a principal may see: a caller its own, one with a tenant that tenant's, whatever the input says. Rejects with
 * `invalid_request` for a wrong range, or `store_unavailable`.
 */
export async function listRequests(
  stores: RequestStores,
  reader: Reader,
  input: RequestListInput,
): Promise<RequestList> {
  const { limit = USUAL_REQUESTS, after } = input;
  const filter = await rowFilterOf(stores, reader.principal, input);
  const towards = after === undefined ? 'older' : 'newer';
  const bounds = boundsOf(input);
  const page = filter === undefined ? NO_PAGE : await readPage(stores, { filter, towards, limit, ...bounds });
  const messages = showsMessages(reader);
  return {
    object: 'list',
    data: page.rows.map((row) => describeRow(row, messages)),
    has_more: page.hasMore,
    next: nextOf(page, towards),
    searched_to: page.searchedTo === undefined ? null : idText(page.searchedTo),
  };
}

const NO_PAGE: RowPage = Object.freeze({ rows: [], hasMore: false, searchedTo: undefined });

/** One request that a principal may see, as `findRow` finds it. */
export async function retrieveRequest(stores: RequestStores, reader: Reader, id: string): Promise<RequestRecord> {
  return describeRow(await findRow(stores, reader.principal, id), showsMessages(reader));
}

/** The row that a principal may see, by its id, or by an id of the request: the newest one of that id. Rejects with `not_found`, or `store_unavailable`. */
export async function findRow(stores: RequestStores, principal: Principal, id: string): Promise<RequestRow> {
  const visible = visibleLabels(principal, {}) ?? {};
  const row = parseIdText(id);
  const ways: Partial<RowQuery>[] =
    row === undefined
      ? [
          ...(OWN_ID.test(id) ? [{ filter: { ...visible, requestId: id } }] : []),
          { filter: { ...visible, clientRequestId: id } },
        ]
      : [{ filter: visible, from: row, below: row + 1n }];
  for (const way of ways) {
    const { rows } = await readPage(stores, { filter: visible, towards: 'older', limit: 1, ...way });
    if (rows[0] !== undefined) return rows[0];
  }
  throw new GatewayError('not_found', { message: 'There is no request of that id in the request log.', param: 'id' });
}

async function readPage({ store, log }: RequestStores, query: RowQuery): Promise<RowPage> {
  if (!store.persistent) await log.flush(FLUSH_MS);
  return fromStore(store.requestLog.page(query));
}

/** The rows that a principal may see of those that it wants; undefined where that is none. Rejects with `store_unavailable`. */
export async function rowFilterOf(
  { log }: Pick<RequestStores, 'log'>,
  principal: Principal,
  input: RequestFilter,
): Promise<RowFilter | undefined> {
  const visible = visibleLabels(principal, input);
  if (visible === undefined) return undefined;
  const { chain, provider, model, operation, code, failed, outcome, tag, stream, user, request_id: id } = input;
  return {
    ...visible,
    chain,
    provider,
    model,
    operation,
    code,
    failed,
    outcome,
    tag,
    stream,
    statusClass: input.status === undefined ? undefined : Number(input.status[0]),
    attemptsMin: input.attempts_min,
    msMin: input.ms_min,
    costMinNano: input.cost_min === undefined ? undefined : Math.round(input.cost_min * NANO_PER_DOLLAR),
    user: user === undefined ? undefined : await fromStore(log.formOf(user)),
    requestId: id !== undefined && OWN_ID.test(id) ? id : undefined,
    clientRequestId: id === undefined || OWN_ID.test(id) ? undefined : id,
  };
}

function boundsOf({ from, to, before, after }: RequestListInput): Pick<RowQuery, 'from' | 'below'> {
  if (before !== undefined && after !== undefined) throw wrong('after', 'cannot be combined with `before`');
  const lower = [...(from === undefined ? [] : [firstIdAt(Date.parse(from))]), ...cursor(after, 1n)];
  const upper = [...(to === undefined ? [] : [firstIdAt(Date.parse(to))]), ...cursor(before, 0n)];
  if (from !== undefined && to !== undefined && Date.parse(from) >= Date.parse(to))
    throw wrong('to', 'must be later than `from`');
  return {
    from: lower.length === 0 ? undefined : lower.reduce((one, other) => (one > other ? one : other)),
    below: upper.length === 0 ? undefined : upper.reduce((one, other) => (one < other ? one : other)),
  };
}

function cursor(text: string | undefined, more: bigint): readonly bigint[] {
  const id = text === undefined ? undefined : parseIdText(text);
  return id === undefined ? [] : [id + more];
}

function wrong(param: string, problem: string): GatewayError {
  return new GatewayError('invalid_request', { message: `${param}: ${problem}.`, param });
}

function nextOf({ rows, hasMore, searchedTo }: RowPage, towards: RowQuery['towards']): string | null {
  const last = searchedTo ?? (towards === 'newer' ? rows.at(0)?.id : rows.at(-1)?.id);
  return hasMore && last !== undefined ? idText(last) : null;
}
