import type { Call } from '../../../domain/call.ts';
import { isRecord } from '../../../lib/record.ts';
import { listOf } from '../../../operations/parameters.ts';
import { splice } from '../splice.ts';
import { type Item, numberingOf } from './judge-embeddings.ts';
import { formatOf, type VectorFormat } from './request.ts';
import { decodeVector, encodeVector } from './vectors.ts';

/**
 * A judged answer's bytes with its vectors in the order of the inputs, numbered, and in the format that the call requests: servers ignore
 * `encoding_format` either way (mem0ai/mem0#5168), and the openai packages request base64 and decode it unless set otherwise. The same bytes
 * where all of that holds already.
 */
export function mendEmbeddings(value: object, body: Buffer, call: Call): Buffer {
  const items = itemsOf(value);
  const format = formatOf(call);
  const numbering = numberingOf(items);
  if (numbering === 'ordered' && items.every(({ embedding }) => hasFormat(embedding, format))) return body;
  const ordered = numbering === 'permuted' ? items.toSorted((a, b) => Number(a['index']) - Number(b['index'])) : items;
  const data = ordered.map((item, index) => ({ ...item, index, embedding: inFormat(item['embedding'], format) }));
  return splice(body, { values: { data: JSON.stringify(data) } });
}

/** The items of a judged answer. */
export function itemsOf(value: object): readonly Item[] {
  return listOf(value, 'data').filter(isRecord);
}

function hasFormat(embedding: unknown, format: VectorFormat): boolean {
  return format === 'other' || (typeof embedding === 'string') === (format === 'base64');
}

function inFormat(embedding: unknown, format: VectorFormat): unknown {
  if (hasFormat(embedding, format)) return embedding;
  if (typeof embedding === 'string') return decodeVector(embedding);
  return Array.isArray(embedding) ? encodeVector(embedding) : embedding;
}
