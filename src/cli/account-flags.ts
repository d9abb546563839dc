import { parseArgs } from 'node:util';
import type { z } from 'zod';
import { nearest } from '../lib/nearest.ts';
import { UsageError } from './usage-error.ts';

const TEXT = { type: 'string' } as const;
const LIST = { type: 'string', multiple: true } as const;

const FLAGS = {
  config: TEXT,
  url: TEXT,
  json: { type: 'boolean' },
  name: TEXT,
  role: TEXT,
  tenant: TEXT,
  chains: LIST,
  models: LIST,
  operations: LIST,
  bodies: { type: 'boolean' },
  priority: TEXT,
  'expires-in': TEXT,
  budget: LIST,
  'key-budget': TEXT,
  rpm: TEXT,
  tpm: TEXT,
  rpd: TEXT,
  tpd: TEXT,
  concurrency: TEXT,
  note: TEXT,
  overlap: TEXT,
  streams: TEXT,
  state: TEXT,
  search: TEXT,
  limit: TEXT,
  after: TEXT,
} as const;

/** Names of the flags of commands for keys and tenants. */
export type AccountFlag = keyof typeof FLAGS;

/** The flags of one command for keys or tenants, as they were written. */
export type AccountFlags = ReturnType<typeof parse>['values'];

/** An action of a command, and the flags that it takes beside those of every action. */
export type Actions = Readonly<Record<string, { readonly flags: readonly AccountFlag[]; readonly target: boolean }>>;

/** One command for keys or tenants. */
export interface AccountCommand {
  readonly action: string;
  /** The key or the tenant that it is about; empty for an action without one. */
  readonly target: string;
  readonly flags: AccountFlags;
}

const EVERYWHERE: readonly AccountFlag[] = ['config', 'url', 'json'];

/** Parses the arguments behind `keys` or `tenants`. Throws a UsageError. */
export function parseAccountCommand(name: string, args: readonly string[], actions: Actions): AccountCommand {
  const { values, positionals } = parse(args);
  const [action = '', target = '', ...rest] = positionals;
  const known = Object.hasOwn(actions, action) ? actions[action] : undefined;
  if (known === undefined) {
    const near = nearest(action, Object.keys(actions));
    const hint = near === undefined ? `use one of ${Object.keys(actions).join(', ')}` : `did you mean '${near}'?`;
    throw new UsageError(
      action === '' ? `${name}: needs an action; ${hint}` : `unknown action '${name} ${action}'; ${hint}`,
    );
  }
  if (known.target && target === '') throw new UsageError(`${name} ${action}: needs an id`);
  const unexpected = known.target ? rest[0] : positionals[1];
  if (unexpected !== undefined) throw new UsageError(`unexpected argument '${unexpected}'; see --help`);
  const foreign = Object.keys(values).find((flag) => ![...EVERYWHERE, ...known.flags].some((own) => own === flag));
  if (foreign !== undefined) throw new UsageError(`unexpected option --${foreign} for ${name} ${action}; see --help`);
  return { action, target, flags: values };
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], options: FLAGS, allowPositionals: true });
  } catch (error) {
    const unknown = error instanceof Error ? /'--?([\w-]+)/.exec(error.message)?.[1] : undefined;
    if (unknown === undefined || unknown in FLAGS)
      throw new UsageError(error instanceof Error ? error.message.replaceAll('\n', ' ') : String(error));
    const near = nearest(unknown, Object.keys(FLAGS));
    throw new UsageError(
      `unknown option --${unknown}${near === undefined ? '; see --help' : `; did you mean '--${near}'?`}`,
    );
  }
}

/** The members of a new key that its flags give, as the API spells them, not checked yet. */
export function scopeInput(flags: AccountFlags): Record<string, unknown> {
  return present({
    role: flags.role,
    chains: listOf(flags.chains),
    models: listOf(flags.models),
    operations: listOf(flags.operations),
    bodies: flags.bodies,
    priority: flags.priority,
    expires_in: flags['expires-in'],
    note: flags.note,
    ...allowanceInput(flags),
  });
}

/** The limits and budgets that flags give, as the API spells them, not checked yet. */
export function allowanceInput(flags: AccountFlags): Record<string, unknown> {
  const limits = present({
    requests_per_minute: numberOf(flags.rpm),
    tokens_per_minute: numberOf(flags.tpm),
    requests_per_day: numberOf(flags.rpd),
    tokens_per_day: numberOf(flags.tpd),
    concurrency: numberOf(flags.concurrency),
  });
  return present({
    limits: Object.keys(limits).length === 0 ? undefined : limits,
    budgets: flags.budget?.map(writtenBudget),
  });
}

/** A budget in one word: `50/month`, or `50/month@Europe/Berlin`. Throws a UsageError for another form. */
export function writtenBudget(text: string): Record<string, unknown> {
  const [, amount, period, zone] = /^\$?(\d+(?:\.\d+)?)\/([a-z]+)(?:@(.+))?$/.exec(text) ?? [];
  if (amount === undefined)
    throw new UsageError(`--budget: '${text}' is not a budget; write AMOUNT/PERIOD, for example 50/month`);
  return present({ amount_usd: Number(amount), period, time_zone: zone });
}

/** A number as it is written; the text itself where it is none, so that the schema refuses it. */
export function numberOf(text: string | undefined): unknown {
  return text !== undefined && /^-?\d+(?:\.\d+)?$/.test(text) ? Number(text) : text;
}

/** The members of an object that are not undefined. */
export function present(members: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined));
}

/** A list that may be repeated, and may have commas. */
function listOf(texts: readonly string[] | undefined): string[] | undefined {
  return texts?.flatMap((text) => text.split(',')).filter((text) => text !== '');
}

/** Checks an input by the schema of its procedure. Throws a UsageError with one line for each problem. */
export function checked<Output>(schema: z.ZodType<Output>, input: unknown): Output {
  const parsed = schema.safeParse(input);
  if (parsed.success) return parsed.data;
  const lines = parsed.error.issues.map(({ path, message }) => `${path.map(String).join('.') || 'input'}: ${message}`);
  throw new UsageError(lines.join('\nspillway: '));
}
