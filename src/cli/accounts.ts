import type { BudgetShown, Key, KeyWithSecret, LimitsShown, TenantShown } from '../domain/account.ts';
import { type AccountApi, remoteAccounts } from './account-api.ts';
import {
  type AccountCommand,
  type AccountFlag,
  type AccountFlags,
  allowanceInput,
  numberOf,
  parseAccountCommand,
  present,
  scopeInput,
  writtenBudget,
} from './account-flags.ts';
import { table } from './table.ts';
import { UsageError } from './usage-error.ts';

const ALLOWANCE: readonly AccountFlag[] = ['budget', 'rpm', 'tpm', 'rpd', 'tpd', 'concurrency'];
const KEY_ACTIONS = {
  create: {
    flags: [
      'name',
      'role',
      'tenant',
      'chains',
      'models',
      'operations',
      'bodies',
      'priority',
      'expires-in',
      'note',
      ...ALLOWANCE,
    ],
    target: false,
  },
  list: { flags: ['tenant', 'state', 'search', 'limit', 'after'], target: false },
  show: { flags: [], target: true },
  rotate: { flags: ['overlap'], target: true },
  revoke: { flags: ['streams'], target: true },
} as const;
const TENANT_ACTIONS = {
  create: { flags: [...ALLOWANCE, 'key-budget'], target: true },
  list: { flags: [], target: false },
  show: { flags: [], target: true },
  remove: { flags: [], target: true },
} as const;

/** Runs `spillway keys ...`, on the store of the configuration file or, with `--url`, over the API. Rejects with a UsageError. */
export async function keys(args: readonly string[]): Promise<void> {
  await run(parseAccountCommand('keys', args, KEY_ACTIONS), async (api, { action, target, flags }) => {
    switch (action) {
      case 'create': {
        if (flags.name === undefined) throw new UsageError('keys create: needs --name NAME');
        const made = await api.createKey({
          name: flags.name,
          ...present({ tenant: flags.tenant }),
          ...scopeInput(flags),
        });
        return [made, withSecret(made, 'made')];
      }
      case 'list': {
        const { tenant, state, search, after } = flags;
        const list = await api.listKeys(present({ tenant, state, search, after, limit: numberOf(flags.limit) }));
        const more = list.has_more ? `\nthere are more: --after ${list.last_id}` : '';
        return [list, list.data.length === 0 ? 'no keys' : keyTable(list.data) + more];
      }
      case 'rotate': {
        const rotated = await api.rotateKey(target, present({ overlap: flags.overlap }));
        return [rotated, withSecret(rotated, 'rotated')];
      }
      case 'revoke': {
        const revoked = await api.revokeKey(target, present({ streams: flags.streams }));
        return [revoked, `${revoked.id} (${revoked.name}) is revoked`];
      }
      default: {
        const key = await api.retrieveKey(target);
        return [key, describeKey(key)];
      }
    }
  });
}

/** Runs `spillway tenants ...` in the same way. */
export async function tenants(args: readonly string[]): Promise<void> {
  await run(parseAccountCommand('tenants', args, TENANT_ACTIONS), async (api, { action, target, flags }) => {
    switch (action) {
      case 'create': {
        const made = await api.createTenant({ name: target, ...allowanceInput(flags), ...defaultsInput(flags) });
        return [made, `tenant ${made.name} is made`];
      }
      case 'list': {
        const list = await api.listTenants();
        return [list, list.data.length === 0 ? 'no tenants' : tenantTable(list.data)];
      }
      case 'remove': {
        const removed = await api.removeTenant(target);
        return [removed, `tenant ${removed.id} is removed`];
      }
      default: {
        const tenant = await api.retrieveTenant(target);
        return [tenant, tenantTable([tenant])];
      }
    }
  });
}

/** What a command prints: as JSON, and for people. */
type Printed = readonly [json: object, text: string];

async function run(
  command: AccountCommand,
  act: (api: AccountApi, command: AccountCommand) => Promise<Printed>,
): Promise<void> {
  await using stack = new AsyncDisposableStack();
  const { config, url, json } = command.flags;
  // Loaded here because only this way needs a store.
  const api =
    url === undefined ? await (await import('./store-accounts.ts')).storeAccounts(config, stack) : remoteAccounts(url);
  const [value, text] = await act(api, command);
  process.stdout.write(`${json === true ? JSON.stringify(value) : text}\n`);
}

function defaultsInput(flags: AccountFlags): Record<string, unknown> {
  const budget = flags['key-budget'];
  return budget === undefined ? {} : { defaults: { key_budget: writtenBudget(budget) } };
}

function withSecret(key: KeyWithSecret, what: string): string {
  return `${key.id} (${key.name}, ${key.role}) is ${what}. Its secret is shown this once:\n\n  ${key.secret}\n`;
}

function keyTable(keys: readonly Key[]): string {
  const rows = keys.map((key) => [
    key.id,
    key.name,
    key.role,
    key.tenant ?? '',
    key.state,
    key.prefix === null ? key.source : `${key.prefix}...${key.suffix}`,
    budgetsText(key.budgets),
    dateText(key.expires_at),
  ]);
  return table([['id', 'name', 'role', 'tenant', 'state', 'secret', 'budgets', 'expires'], ...rows]);
}

function describeKey(key: Key): string {
  const rows = [
    ['id', key.id],
    ['name', key.name],
    ['role', key.role],
    ['tenant', key.tenant ?? 'none'],
    ['state', key.state],
    ['source', key.source],
    ['secret', key.prefix === null ? 'in the file' : `${key.prefix}...${key.suffix}`],
    ['chains', key.chains?.join(', ') ?? 'all'],
    ['models', key.models?.join(', ') ?? 'all'],
    ['operations', key.operations?.join(', ') ?? 'all'],
    ['bodies', key.bodies ? 'may read those of requests' : ''],
    ['priority', key.priority === 'low' ? 'low' : ''],
    ['limits', limitsText(key.limits)],
    ['budgets', budgetsText(key.budgets)],
    ['expires', dateText(key.expires_at)],
    ['created', `${dateText(key.created_at)}${key.created_by === null ? '' : ` by ${key.created_by}`}`],
    ['note', key.note ?? ''],
  ];
  return table(rows.filter(([, value]) => value !== ''));
}

function tenantTable(all: readonly TenantShown[]): string {
  const rows = all.map(({ name, source, limits, budgets }) => [name, source, limitsText(limits), budgetsText(budgets)]);
  return table([['tenant', 'source', 'limits', 'budgets'], ...rows]);
}

function budgetsText(budgets: readonly BudgetShown[]): string {
  const texts = budgets.map(({ amount_usd, period, spent_usd }) => {
    const spent = spent_usd === null ? '' : `$${spent_usd} of `;
    return `${spent}$${amount_usd}/${period}`;
  });
  return texts.length === 0 ? 'none' : texts.join(', ');
}

function limitsText(limits: LimitsShown): string {
  const texts = Object.entries(limits).map(([name, shown]) => `${name.replaceAll('_', ' ')} ${shown.limit}`);
  return texts.length === 0 ? 'none' : texts.join(', ');
}

function dateText(at: number | null): string {
  return at === null ? 'never' : new Date(at).toISOString();
}
