import { storable } from '../storable.ts';
import type { NameKind } from '../tables.ts';
import { NUMBER_COLUMNS, OPTIONAL_NAMES, REQUIRED_NAMES, TEXT_COLUMNS } from './columns.ts';
import type { RequestRow } from './request-row.ts';
import { trailJson } from './trail-json.ts';

/** The columns of names, in the order of `nameNumbers`. */
export const NAME_COLUMNS = [...REQUIRED_NAMES, ...OPTIONAL_NAMES] as const satisfies readonly NameKind[];

/**
 * Rows of the request log, as few values: posting 500 rows to a thread as objects takes four times as long, and while they wait each collection of
 * V8's would copy them. A list has the values of a row's columns one after the other, and then those of the next row.
 */
export interface PackedRows {
  readonly count: number;
  readonly ids: BigInt64Array;
  /** The names that the rows have, each once. */
  readonly names: readonly (readonly [kind: NameKind, value: string])[];
  /** Indexes in `names`, in the order of NAME_COLUMNS; -1 for null. */
  readonly nameIndexes: Int32Array;
  /** In the order of TEXT_COLUMNS. */
  readonly texts: readonly (string | null)[];
  /** In the order of NUMBER_COLUMNS; NaN for null. */
  readonly numbers: Float64Array;
}

/** The longest text of a row that a client chooses, in characters. */
const LONGEST_TEXT = 256;
/** Where `texts` has the user of a row. */
const USER_AT = TEXT_COLUMNS.indexOf('end_user');

/** Packs rows one by one. */
export class RowPacker {
  readonly #ids: bigint[] = [];
  readonly #names: (readonly [NameKind, string])[] = [];
  readonly #indexes = new Map<NameKind, Map<string, number>>();
  readonly #nameIndexes: number[] = [];
  readonly #texts: (string | null)[] = [];
  readonly #numbers: number[] = [];

  /** Number of rows. */
  get count(): number {
    return this.#ids.length;
  }

  add(row: RequestRow): void {
    const { tokens } = row;
    const { json: trail, omitted } = trailJson(row.trail);
    this.#ids.push(row.id);
    this.#addNames(row);
    this.#texts.push(
      row.requestId,
      textOf(row.clientRequestId),
      textOf(row.user),
      row.tags.length === 0 ? null : tagsText(row.tags),
      textOf(row.requestedModel),
      textOf(row.remote),
      textOf(row.traceId),
      trail,
    );
    this.#numbers.push(
      row.acceptedAt,
      row.queuedMs,
      row.committedMs ?? Number.NaN,
      row.overheadMs ?? Number.NaN,
      row.totalMs,
      row.omittedSteps + omitted,
      row.stream ? 1 : 0,
      row.approximate ? 1 : 0,
      row.status,
      row.attempts,
      tokens?.input ?? Number.NaN,
      tokens?.cachedInput ?? Number.NaN,
      tokens?.cacheWrite ?? Number.NaN,
      tokens?.audioInput ?? Number.NaN,
      tokens?.output ?? Number.NaN,
      tokens?.reasoning ?? Number.NaN,
      tokens?.audioOutput ?? Number.NaN,
      row.costNano ?? Number.NaN,
      row.inputBytes ?? Number.NaN,
      row.outputBytes ?? Number.NaN,
    );
  }

  /** The rows that were added, with each user as `storedUser` returns it. */
  pack(storedUser: (user: string) => string | undefined = (user) => user): PackedRows {
    const texts = this.#texts;
    for (let at = USER_AT; at < texts.length; at += TEXT_COLUMNS.length) {
      const user = texts[at];
      if (typeof user === 'string') texts[at] = storedUser(user) ?? null;
    }
    return {
      count: this.count,
      ids: BigInt64Array.from(this.#ids),
      names: this.#names,
      nameIndexes: Int32Array.from(this.#nameIndexes),
      texts,
      numbers: Float64Array.from(this.#numbers),
    };
  }

  #addNames(row: RequestRow): void {
    // In the order of NAME_COLUMNS.
    this.#addName('key', row.keyId);
    this.#addName('door', row.door);
    this.#addName('operation', row.operation);
    this.#addName('code', row.code);
    this.#addName('usage_source', row.usageSource);
    this.#addName('cost_source', row.costSource);
    this.#addName('tenant', row.tenant === '' ? undefined : row.tenant);
    this.#addName('chain', row.chain);
    this.#addName('provider', row.provider);
    this.#addName('model', row.model);
  }

  #addName(kind: NameKind, value: string | undefined): void {
    this.#nameIndexes.push(value === undefined ? -1 : this.#indexOf(kind, value));
  }

  #indexOf(kind: NameKind, value: string): number {
    let ofKind = this.#indexes.get(kind);
    if (ofKind === undefined) this.#indexes.set(kind, (ofKind = new Map()));
    let index = ofKind.get(value);
    if (index === undefined) ofKind.set(value, (index = this.#names.push([kind, value]) - 1));
    return index;
  }
}

/** Packs rows. */
export function packRows(rows: Iterable<RequestRow>): PackedRows {
  const packer = new RowPacker();
  for (const row of rows) packer.add(row);
  return packer.pack();
}

/** Some of the rows: from one up to and without another. */
export function sliceRows(rows: PackedRows, from: number, to: number): PackedRows {
  const part = <Values extends { slice(from: number, to: number): Values }>(values: Values, width: number): Values =>
    values.slice(from * width, to * width);
  return {
    count: to - from,
    ids: part(rows.ids, 1),
    names: rows.names,
    nameIndexes: part(rows.nameIndexes, NAME_COLUMNS.length),
    texts: rows.texts.slice(from * TEXT_COLUMNS.length, to * TEXT_COLUMNS.length),
    numbers: part(rows.numbers, NUMBER_COLUMNS.length),
  };
}

function textOf(text: string | undefined): string | null {
  return text === undefined ? null : text.slice(0, LONGEST_TEXT);
}

/** Tags as they are stored: each between two line breaks, which no tag contains. */
export function tagsText(tags: readonly string[]): string {
  return `\n${tags.map((tag) => storable(tag).replaceAll('\n', ' ')).join('\n')}\n`;
}
