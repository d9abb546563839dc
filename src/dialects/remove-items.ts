import type { ByteEdits } from '../lib/byte-edits.ts';
import type { JsonDocument, JsonNode } from '../lib/json-document.ts';

/** Adds to `edits` the removal of some of an array's items. The array must hold nothing but strings, objects and arrays. */
export function removeItems(
  edits: ByteEdits,
  { document, array }: { readonly document: JsonDocument; readonly array: JsonNode },
  isRemoved: (item: JsonNode) => boolean,
): void {
  /** The first of a run of items that is being removed, the last item, and the end of the last one that stays. */
  let first: number | undefined;
  let end = 0;
  let keptEnd: number | undefined;
  for (const item of document.itemsOf(array)) {
    const start = document.startOf(item);
    end = document.endOf(item);
    if (isRemoved(item)) {
      first ??= start;
      continue;
    }
    if (first !== undefined) edits.replace(first, start, '');
    first = undefined;
    keptEnd = end;
  }
  // No item follows, so the comma before the run is removed too.
  if (first !== undefined) edits.replace(keptEnd ?? first, end, '');
}
