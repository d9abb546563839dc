/** What a figure is held to. */
export interface Target {
  readonly limit: number;
  /** `under` excludes the limit itself, `atMost` takes it in. */
  readonly kind: 'under' | 'atMost';
}

/** A line of the table before anything is measured. */
export interface Row {
  readonly label: string;
  /** Behind the figure and the limit: `x` for times a yardstick, else a unit. */
  readonly unit: string;
  /** Undefined where the figure is only told. */
  readonly target?: Target | undefined;
}

/** What was measured for a line. */
export interface Figure {
  /** Undefined where there is nothing to measure. */
  readonly value?: number;
  /** What helps to read it. */
  readonly note?: string;
}

/** Lines that are measured together. `measure` starts what it needs, releases it, and throws when an answer was not as it must be. */
export interface Work {
  /** As the command line names it. */
  readonly name: string;
  readonly rows: Readonly<Record<string, Row>>;
  readonly measure: () => Promise<Readonly<Record<string, Figure>>>;
}

/** Makes a work whose figures are those of its rows. */
export function defineWork<Key extends string>(work: {
  readonly name: string;
  readonly rows: Readonly<Record<Key, Row>>;
  readonly measure: () => Promise<Readonly<Record<Key, Figure>>>;
}): Work {
  return work;
}

/** A target that excludes its limit. */
export function under(limit: number): Target {
  return { limit, kind: 'under' };
}

/** A target that takes its limit in. */
export function atMost(limit: number): Target {
  return { limit, kind: 'atMost' };
}
