import { type Expression, type ExpressionBuilder, type RawBuilder, type SqlBool, sql } from 'kysely';
import type { NameKind, Tables } from '../tables.ts';
import { OK_CODE, OK_NAME, type RequestRow } from './request-row.ts';
import { nameOf } from './names.ts';
import type { RowFilter } from './stored-log.ts';
import { tagsText } from './packed-rows.ts';

/** Members that are stored as numbers of names. */
const NAMED = [
  ['keyId', 'key'],
  ['tenant', 'tenant'],
  ['chain', 'chain'],
  ['provider', 'provider'],
  ['model', 'model'],
  ['operation', 'operation'],
  ['code', 'code'],
] as const satisfies readonly (readonly [keyof RowFilter, NameKind])[];

/** Numbers of the names that a filter has; undefined for one that is not stored, so that no row has it. */
export type FilterNumbers = Readonly<Partial<Record<NameKind, number>>>;

/** The names that a filter has, by kind. */
export function namesIn(filter: RowFilter): readonly { readonly kind: NameKind; readonly value: string }[] {
  return NAMED.flatMap(([member, kind]) => {
    const value = filter[member];
    return value === undefined ? [] : [{ kind, value: nameOf(value) }];
  });
}

/** Whether a row of this process is wanted, as `rowConditions` says it in SQL. */
export function isWanted(filter: RowFilter, row: RequestRow): boolean {
  const { statusClass, attemptsMin = 0, msMin = 0, costMinNano, outcome, tag, failed } = filter;
  if (!NAMED.every(([member]) => filter[member] === undefined || filter[member] === row[member])) return false;
  if (failed !== undefined && failed === (row.code === OK_CODE)) return false;
  if (statusClass !== undefined && statusClass !== Math.floor(row.status / 100)) return false;
  if (row.attempts < attemptsMin || row.totalMs < msMin) return false;
  if (costMinNano !== undefined && (row.costNano === undefined || row.costNano < costMinNano)) return false;
  if (filter.stream !== undefined && filter.stream !== row.stream) return false;
  if (filter.user !== undefined && filter.user !== row.user) return false;
  if (filter.requestId !== undefined && filter.requestId !== row.requestId) return false;
  if (filter.clientRequestId !== undefined && filter.clientRequestId !== row.clientRequestId) return false;
  if (tag !== undefined && !row.tags.includes(tag)) return false;
  return outcome === undefined || row.trail.some((step) => step.outcome === outcome);
}

/** The conditions of a filter in SQL. */
export interface RowConditions {
  /** Served by an index that ends with the id, which is chosen here and not by the database; undefined for none. */
  readonly indexed: Expression<SqlBool> | undefined;
  /** What is left to check for each row, written so that no index serves it. */
  readonly others: readonly Expression<SqlBool>[];
}

/** Makes the conditions of a filter. The index of the rarest values is chosen. */
export function rowConditions(
  expressions: ExpressionBuilder<Tables, 'request'>,
  filter: RowFilter,
  numbers: FilterNumbers,
): RowConditions {
  const candidates = indexConditions(expressions, filter, numbers);
  const [chosen, ...rest] = candidates;
  return {
    indexed: chosen?.indexed,
    others: [...rest.map(({ other }) => other), ...(chosen?.besides ?? []), ...otherConditions(filter, numbers)],
  };
}

interface IndexCondition {
  readonly indexed: Expression<SqlBool>;
  /** The same where another index is used. */
  readonly other: Expression<SqlBool>;
  /** What the index leaves to check. */
  readonly besides?: readonly Expression<SqlBool>[];
}

/** The conditions for which there is an index, that of the fewest rows first. */
function indexConditions(
  expressions: ExpressionBuilder<Tables, 'request'>,
  filter: RowFilter,
  numbers: FilterNumbers,
): readonly IndexCondition[] {
  const text = (column: 'request_id' | 'client_request_id' | 'end_user', value: string): IndexCondition => ({
    indexed: expressions(column, '=', value),
    other: sql`${sql.ref(column)} || '' = ${value}`,
  });
  const number = (column: 'key' | 'model' | 'tenant', value: number): IndexCondition => ({
    indexed: expressions(column, '=', value),
    other: without(column, sql`= ${value}`),
  });
  const { key, model, tenant, code } = numbers;
  const isFailed = filter.failed === true || (filter.statusClass ?? 0) > 3 || (code ?? OK_NAME) !== OK_NAME;
  return [
    ...(filter.requestId === undefined ? [] : [text('request_id', filter.requestId)]),
    ...(filter.clientRequestId === undefined ? [] : [text('client_request_id', filter.clientRequestId)]),
    ...(filter.user === undefined ? [] : [text('end_user', filter.user)]),
    ...(key === undefined ? [] : [number('key', key)]),
    ...(isFailed ? [FAILED] : []),
    ...(model === undefined ? [] : [number('model', model)]),
    ...(tenant === undefined ? [] : [number('tenant', tenant)]),
  ];
}

/** A literal, as in the index: a database does not compare a parameter with it. */
const FAILED: IndexCondition = {
  indexed: sql<SqlBool>`code <> ${sql.lit(OK_NAME)}`,
  other: without('code', sql`<> ${OK_NAME}`),
};

function otherConditions(filter: RowFilter, numbers: FilterNumbers): readonly Expression<SqlBool>[] {
  const { failed, statusClass, attemptsMin, outcome, msMin, costMinNano, tag, stream } = filter;
  const named = (['chain', 'provider', 'operation', 'code'] as const).flatMap((kind) => {
    const no = numbers[kind];
    return no === undefined ? [] : [without(kind, sql`= ${no}`)];
  });
  const conditions: (Expression<SqlBool> | false)[] = [
    failed === false && without('code', sql`= ${OK_NAME}`),
    statusClass !== undefined && sql`status >= ${statusClass * 100} and status < ${statusClass * 100 + 100}`,
    attemptsMin !== undefined && sql`attempts >= ${attemptsMin}`,
    msMin !== undefined && sql`total_ms >= ${msMin}`,
    costMinNano !== undefined && sql`cost_nano >= ${costMinNano}`,
    stream !== undefined && sql`stream = ${stream ? 1 : 0}`,
    tag !== undefined && contains('tags', tagsText([tag])),
    // No text within the JSON has quotes that are not escaped.
    outcome !== undefined && contains('trail', `"outcome":"${outcome}"`),
  ];
  return [...named, ...conditions.filter((condition) => condition !== false)];
}

/** A condition on a number that no index serves. */
function without(column: NameKind, condition: RawBuilder<unknown>): RawBuilder<SqlBool> {
  return sql<SqlBool>`${sql.ref(column)} + 0 ${condition}`;
}

/** Whether a column contains a text: a function that every engine has, and that knows no wildcards. */
function contains(column: 'tags' | 'trail', text: string): RawBuilder<SqlBool> {
  return sql<SqlBool>`replace(${sql.ref(column)}, ${text}, '') <> ${sql.ref(column)}`;
}
