import type { Database } from '../database.ts';
import { batches } from '../database.ts';
import { storable } from '../storable.ts';
import type { NameKind } from '../tables.ts';
import { OTHER } from '../label-bound.ts';

/** The number of a name. Throws for one that was not interned. */
export type NumberOf = (kind: NameKind, value: string) => number;

/** Most names of one kind in a store, because clients can name models. Further ones are `(other)`. */
const MOST_NAMES = 100_000;
/** Most numbers that a process keeps in memory. */
const MOST_KEPT = 50_000;
/** The longest name, in characters. */
const LONGEST_NAME = 256;

/** What a process knows of the names in one database. They are never changed or deleted. */
interface KnownNames {
  readonly numbers: Map<string, number>;
  /** How many names of each kind are stored, at least. */
  readonly stored: Map<NameKind, number>;
}

const KNOWN = new WeakMap<Database, KnownNames>();

/** Stores the names that are not stored yet, outside of any transaction: a name without rows does no harm. */
export async function internNames(
  database: Database,
  names: Iterable<readonly [kind: NameKind, value: string]>,
): Promise<NumberOf> {
  const known = KNOWN.get(database) ?? { numbers: new Map(), stored: new Map() };
  KNOWN.set(database, known);
  if (known.numbers.size > MOST_KEPT) known.numbers.clear();
  const missing = new Map<NameKind, Set<string>>();
  for (const [kind, value] of names) {
    const name = nameOf(value);
    if (known.numbers.has(`${kind} ${name}`)) continue;
    const values = missing.get(kind);
    if (values === undefined) missing.set(kind, new Set([name]));
    else values.add(name);
  }
  for (const [kind, values] of missing) await internKind(database, known, { kind, values: [...values].toSorted() });
  return (kind, value) => {
    const no = known.numbers.get(`${kind} ${nameOf(value)}`);
    if (no === undefined) throw new Error(`the ${kind} has no number`);
    return no;
  };
}

/** A name as it is stored. */
export function nameOf(value: string): string {
  return storable(value.slice(0, LONGEST_NAME));
}

interface NamesOfKind {
  readonly kind: NameKind;
  /** Sorted, so that two processes that add the same names lock them in one order. */
  readonly values: readonly string[];
}

async function internKind(database: Database, known: KnownNames, { kind, values }: NamesOfKind): Promise<void> {
  await readNumbers(database, known, { kind, values });
  const added = values.filter((value) => !known.numbers.has(`${kind} ${value}`));
  if (added.length === 0) return;
  const stored = known.stored.get(kind) ?? (await countNames(database, kind));
  const room = Math.max(0, MOST_NAMES - stored);
  const [first, rest] = [added.slice(0, room), added.slice(room)];
  const kept = rest.length > 0 ? [...first, OTHER] : first;
  for (const part of batches(kept))
    await database.queries
      .insertInto('name')
      .values(part.map((value) => ({ kind, value })))
      .onConflict((conflict) => conflict.doNothing())
      .execute();
  await readNumbers(database, known, { kind, values: kept });
  known.stored.set(kind, stored + first.length);
  const other = known.numbers.get(`${kind} ${OTHER}`);
  if (other !== undefined) for (const value of rest) known.numbers.set(`${kind} ${value}`, other);
}

async function readNumbers({ queries }: Database, known: KnownNames, { kind, values }: NamesOfKind): Promise<void> {
  for (const part of batches(values)) {
    const rows = await queries
      .selectFrom('name')
      .select(['no', 'value'])
      .where('kind', '=', kind)
      .where('value', 'in', part)
      .execute();
    for (const { no, value } of rows) known.numbers.set(`${kind} ${value}`, no);
  }
}

async function countNames({ queries }: Database, kind: NameKind): Promise<number> {
  const row = await queries
    .selectFrom('name')
    .select(({ fn }) => fn.countAll<number>().as('names'))
    .where('kind', '=', kind)
    .executeTakeFirst();
  return row?.names ?? 0;
}
