import type { JsonDocument, JsonNode } from './json-document.ts';

/** Most bytes of a value that is parsed whole. */
const SMALL = 64 * 1024;
/** Characters that are kept of a longer string: more than any name or number has. */
const KEPT_TEXT = 1024;
/** Values that are parsed one by one in a large object or array. */
const MOST_VALUES = 10_000;

/**
 * The parsed value of a node, cut where it is large: strings over 64 KB to their first 1,024 characters, and large objects and arrays to their
 * first 10,000 values in all; a number of so many digits is infinite. So every value has its own type, and the cost is bounded. For decisions, not
 * for output.
 */
export function outlineOf(document: JsonDocument, node: JsonNode): unknown {
  let left = MOST_VALUES;

  function outline(value: JsonNode): unknown {
    left--;
    const kind = document.kindOf(value);
    if (document.sizeOf(value) <= SMALL) return document.valueOf(value);
    if (kind === 'string') return document.beginningOf(value, KEPT_TEXT);
    if (kind === 'array') return itemsOf(value);
    if (kind === 'object') return fieldsOf(value);
    return kind === 'number' ? Number.POSITIVE_INFINITY : document.valueOf(value);
  }

  function itemsOf(array: JsonNode): unknown[] {
    const items: unknown[] = [];
    for (const item of document.itemsOf(array)) {
      if (left <= 0) return items;
      items.push(outline(item));
    }
    // Numbers and literals in an array have no nodes.
    return items.length === 0 ? firstScalars(document.bytesOf(array)) : items;
  }

  function fieldsOf(object: JsonNode): object {
    const fields = new Map<string, unknown>();
    for (const { key, node: member } of document.membersOf(object)) {
      if (left <= 0) break;
      fields.set(key, outline(member));
    }
    return Object.fromEntries(fields);
  }

  return outline(node);
}

/** The first values of a large array that holds nothing but numbers and literals. */
function firstScalars(array: Buffer): unknown[] {
  const text = array.toString('latin1', 1, SMALL);
  const values: unknown = JSON.parse(`[${text.slice(0, text.lastIndexOf(','))}]`);
  return Array.isArray(values) ? values : [];
}
