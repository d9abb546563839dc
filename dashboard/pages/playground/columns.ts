/** A column of the playground: its place among the others changes, and its model can be edited. */
export interface Column {
  readonly id: number;
  readonly model: string;
}

/**
 * The columns of these models. With as many models as before, or more, each place keeps its column; with fewer, each model keeps the column that it had, so that
 * an answer never stands below another model. Returns `before` where nothing has changed.
 */
export function columnsOf(before: readonly Column[], models: readonly string[]): readonly Column[] {
  if (models.length === before.length && models.every((model, at) => before[at]?.model === model)) return before;
  let nextId = Math.max(-1, ...before.map(({ id }) => id)) + 1;
  let from = 0;
  return models.map((model, at) => {
    const place =
      models.length >= before.length ? at : before.findIndex((each, i) => i >= from && each.model === model);
    const kept = before[place];
    if (kept === undefined) return { id: nextId++, model };
    from = place + 1;
    return { id: kept.id, model };
  });
}
