import type { KeyHead } from '../auth/key-entry.ts';
import type { Key, KeyList, KeyListInput } from '../domain/account.ts';
import { GatewayError } from '../domain/errors.ts';
import type { KeyRecord } from '../domain/key-record.ts';
import { INTERNAL, LOCAL, type Principal } from '../domain/principal.ts';
import type { AccountTools } from './account-tools.ts';
import type { Accounts } from './accounts.ts';
import type { Actor } from './actor.ts';
import { showAllowance, showKey, showPrincipal, type ShowTools } from './show.ts';
import { stateOf } from './state-of.ts';

/** Keys of one page unless a request says otherwise. */
const DEFAULT_PAGE = 50;

/** Makes what reads keys. */
export function createKeyReadings(tools: AccountTools): Pick<Accounts, 'listKeys' | 'retrieveKey' | 'ownKey'> {
  const { replica, snapshot, standings, now, tenant } = tools;
  const showTools = (): ShowTools => ({ standings, now: now() });

  function* keysFrom(after: string | undefined, filter: KeyFilter, show: ShowTools): Generator<Key> {
    const isWanted = wantedBy(filter, show.now);
    const { keys } = snapshot();
    const at = keys.findIndex(({ id }) => id === after);
    const isStored = after !== undefined && at === -1;
    if (!isStored)
      for (const key of keys.slice(at + 1)) if (isWanted(headOf(key))) yield showPrincipal(key, 'file', show);
    for (const record of replica.table.keysAfter(isStored ? after : undefined, isWanted)) yield showKey(record, show);
  }

  async function listKeys(actor: Actor, { limit = DEFAULT_PAGE, after, ...filter }: KeyListInput): Promise<KeyList> {
    const visible = tenantFilter(actor, filter.tenant);
    await standings.refresh();
    const show = showTools();
    const data: Key[] = [];
    let hasMore = false;
    if (after !== undefined && !isKnown(tools, after, actor)) throw noKey('after', after);
    for (const key of keysFrom(after, { ...filter, tenant: visible }, show)) {
      hasMore = data.length === limit;
      if (hasMore) break;
      data.push(key);
    }
    return { object: 'list', data, has_more: hasMore, last_id: data.at(-1)?.id ?? null };
  }

  async function retrieveKey(actor: Actor, id: string): Promise<Key> {
    await standings.refresh();
    const inFile = snapshot().keysById.get(id);
    if (inFile !== undefined && isVisible(actor, inFile.tenant)) return showPrincipal(inFile, 'file', showTools());
    return showKey(await recordOf(tools, actor, id), showTools());
  }

  return {
    listKeys,
    retrieveKey,
    async ownKey({ principal }) {
      await standings.refresh();
      const show = showTools();
      const record = replica.table.key(principal.id);
      const shown = record === undefined ? showPrincipal(principal, sourceOf(principal), show) : showKey(record, show);
      const owner = { kind: 'tenant', id: principal.tenant } as const;
      const own = principal.tenant === '' ? undefined : tenant(principal.tenant);
      const { limits, budgets } = showAllowance(own, owner, { standings, amounts: principal.role !== 'caller' });
      return { ...shown, tenant_limits: limits, tenant_budgets: budgets };
    },
  };
}

/** Whether a principal sees what belongs to a tenant. */
export function isVisible({ principal }: Actor, tenant: string): boolean {
  return principal.tenant === '' || principal.tenant === tenant;
}

/**
 * The record of a key of the store that an actor may see. One that is not known here is looked for in the store, too. Rejects with `not_found`,
 * or with `invalid_request` for a key of the file, which is changed there.
 */
export async function recordOf(tools: AccountTools, actor: Actor, id: string): Promise<KeyRecord> {
  const { replica, ledger, snapshot } = tools;
  const inFile = snapshot().keysById.get(id);
  if (inFile !== undefined && isVisible(actor, inFile.tenant))
    throw new GatewayError('invalid_request', { message: `id: ${JSON.stringify(id)} ${IN_FILE}`, param: 'id' });
  if (replica.table.key(id) === undefined && KEY_ID.test(id)) await ledger.refresh();
  const record = replica.table.key(id);
  if (record === undefined || !isVisible(actor, record.tenant)) throw noKey('id', id);
  return record;
}

const IN_FILE = 'is a key of the configuration; change it there.';
/** Ids of keys that the store makes. */
const KEY_ID = /^key_[a-z]{20,40}$/;

function noKey(param: string, id: string): GatewayError {
  const code = param === 'id' ? 'not_found' : 'invalid_request';
  return new GatewayError(code, { message: `${param}: there is no key ${JSON.stringify(id.slice(0, 100))}.`, param });
}

function isKnown({ replica, snapshot }: AccountTools, id: string, actor: Actor): boolean {
  const tenant = snapshot().keysById.get(id)?.tenant ?? replica.table.key(id)?.tenant;
  return tenant !== undefined && isVisible(actor, tenant);
}

/** The tenant whose keys are listed. Throws `forbidden` where it is not the actor's own. */
function tenantFilter({ principal }: Actor, tenant: string | undefined): string | undefined {
  if (principal.tenant === '') return tenant;
  if (tenant === undefined || tenant === principal.tenant) return principal.tenant;
  throw new GatewayError('forbidden', { message: 'tenant: your key belongs to another one.', param: 'tenant' });
}

type KeyFilter = Pick<KeyListInput, 'tenant' | 'state' | 'search'>;

/** Makes the function that says whether a key is listed. */
function wantedBy({ tenant, state, search }: KeyFilter, now: number): (key: KeyHead) => boolean {
  const part = search?.toLowerCase() ?? '';
  return (key) =>
    (tenant === undefined || key.tenant === tenant) &&
    (key.name.toLowerCase().includes(part) || key.id.toLowerCase().includes(part)) &&
    (state === undefined || stateOf(key, now) === state);
}

/** What a key of the file is searched by. */
function headOf({ id, name, tenant, expiresAt }: Principal): KeyHead {
  return { id, name, tenant, expiresAt, revokedAt: undefined, secrets: [] };
}

function sourceOf(principal: Principal): Key['source'] {
  return principal === LOCAL || principal === INTERNAL ? 'gateway' : 'file';
}
