/** A name that may stand in `model`, in OpenAI's shape. */
export interface Model {
  readonly id: string;
  readonly object: 'model';
  readonly created: number;
  readonly owned_by: string;
}

/** OpenAI's list of models. */
export interface ModelList {
  readonly object: 'list';
  readonly data: readonly Model[];
}

/** A model as the lists show it; names here have no date of birth. */
export function toModel(id: string): Model {
  return { id, object: 'model', created: 0, owned_by: 'spillway' };
}
