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

/** A chain as its callers see it: what is asked in which order. */
export interface ChainSummary {
  /** What to put into `model`. */
  readonly id: string;
  readonly object: 'chain';
  readonly entries: readonly { readonly provider: string; readonly model: string }[];
  /** Accept to commit, in milliseconds. */
  readonly deadline: number;
  readonly commit: 'first-token' | 'first-event' | 'headers';
}

/** The chains that a caller may use, in the order of the configuration. */
export interface ChainList {
  readonly object: 'list';
  readonly data: readonly ChainSummary[];
}

/** A model as the lists show it; names here have no date of birth. */
export function toModel(id: string): Model {
  return { id, object: 'model', created: 0, owned_by: 'spillway' };
}
