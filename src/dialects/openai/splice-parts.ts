/** Bytes in which `replacement` stands in place of those from `start` to before `end`. */
export function replaceRange(
  bytes: Buffer,
  [start, end]: readonly [start: number, end: number],
  replacement: Buffer,
): Buffer {
  return Buffer.concat([bytes.subarray(0, start), replacement, bytes.subarray(end)]);
}
