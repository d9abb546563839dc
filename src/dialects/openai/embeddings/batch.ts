import { fieldsOf, isRecord, memberOf } from '../../../lib/record.ts';
import type { BatchCodec, JsonBody } from '../../codec.ts';
import { splice } from '../splice.ts';
import { itemsOf } from './mend-embeddings.ts';
import { separateInputsOf, sliceInputs } from './request.ts';

/** Splits a request for the vectors of many inputs, and joins the answers. */
export const embeddingsBatch: BatchCodec = Object.freeze({
  size: separateInputsOf,
  slice: sliceInputs,
  join: joinAnswers,
});

/**
 * One answer of the judged and mended answers of consecutive parts: the vectors numbered through, the usage summed, everything else as in
 * the first. It has no usage where a part has none. Undefined where the vectors of two parts differ in size.
 */
function joinAnswers(parts: readonly JsonBody[]): JsonBody | undefined {
  const [first] = parts;
  const data = parts.flatMap(({ value }) => itemsOf(value)).map((item, index) => ({ ...item, index }));
  if (first === undefined || !haveOneSize(data)) return undefined;
  const usage = sumOf(parts.map(({ value }) => memberOf(value, 'usage')));
  const { usage: _, ...rest } = fieldsOf(first.value);
  const values = { data: JSON.stringify(data), usage: usage && JSON.stringify(usage) };
  return {
    value: { ...rest, data, ...(usage === undefined ? {} : { usage }) },
    bytes: splice(first.bytes, { values }),
  };
}

/** Whether all vectors have the same length, as numbers or as base64. Vectors of another form are not compared. */
function haveOneSize(items: readonly Readonly<Record<string, unknown>>[]): boolean {
  const lengths = new Set(items.map(({ embedding }) => lengthOf(embedding)));
  return lengths.size === 1;
}

function lengthOf(embedding: unknown): number | undefined {
  return typeof embedding === 'string' || Array.isArray(embedding) ? embedding.length : undefined;
}

/** The sums of all counts, those of one level of details too; undefined where a usage is missing. */
function sumOf(usages: readonly unknown[]): Readonly<Record<string, unknown>> | undefined {
  const records = usages.filter(isRecord);
  if (records.length < usages.length) return undefined;
  return records.reduce((sum, usage) => merged(sum, usage, (a, b) => (isRecord(a) && isRecord(b) ? merged(a, b) : a)));
}

/** The numbers of both records added up; what is in one of them stays; anything else is `other`'s, the first record's unless given. */
function merged(
  a: Readonly<Record<string, unknown>>,
  b: Readonly<Record<string, unknown>>,
  other: (a: unknown, b: unknown) => unknown = (first) => first,
): Record<string, unknown> {
  const sum: Record<string, unknown> = { ...b, ...a };
  for (const [name, value] of Object.entries(a)) {
    const second = memberOf(b, name);
    if (second === undefined) continue;
    sum[name] = typeof value === 'number' && typeof second === 'number' ? value + second : other(value, second);
  }
  return sum;
}
