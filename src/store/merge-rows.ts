/**
 * Merges the rows of one id: PostgreSQL refuses a statement that has a row twice. Sorts them by id, so that two processes lock the rows in
 * one order and neither waits for the other.
 */
export function mergeRows<Row>(
  rows: readonly { readonly id: readonly (string | number)[]; readonly row: Row }[],
  merge: (one: Row, other: Row) => Row,
): Row[] {
  const byId = new Map<string, Row>();
  for (const { id, row } of rows) {
    const key = JSON.stringify(id);
    const present = byId.get(key);
    byId.set(key, present === undefined ? row : merge(present, row));
  }
  return [...byId].toSorted(([one], [other]) => (one < other ? -1 : 1)).map(([, row]) => row);
}
