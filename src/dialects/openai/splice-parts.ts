import { arrayItems } from '../../lib/json-members.ts';

/** A JSON list in which `edit` replaces items; undefined keeps an item. Every other byte stays. `list` must be valid JSON. */
export function spliceItems(list: Buffer, edit: (item: Buffer, index: number) => Buffer | undefined): Buffer {
  const parts: Buffer[] = [];
  let copied = 0;
  for (const [index, [start, end]] of arrayItems(list).entries()) {
    const edited = edit(list.subarray(start, end), index);
    if (edited === undefined) continue;
    parts.push(list.subarray(copied, start), edited);
    copied = end;
  }
  return Buffer.concat([...parts, list.subarray(copied)]);
}

/** Bytes in which `replacement` stands in place of those from `start` to before `end`. */
export function replaceRange(
  bytes: Buffer,
  [start, end]: readonly [start: number, end: number],
  replacement: Buffer,
): Buffer {
  return Buffer.concat([bytes.subarray(0, start), replacement, bytes.subarray(end)]);
}
