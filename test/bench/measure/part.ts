/** The target of a figure. */
export interface Target {
  readonly limit: number;
  /** `under` excludes the limit itself, `atMost` includes it. */
  readonly kind: 'under' | 'atMost';
}

/** A line of the table before anything is measured. */
export interface Row {
  readonly label: string;
  /** Printed after the figure and the limit: `x` for a ratio to a baseline, otherwise a unit. */
  readonly unit: string;
  /** Undefined where the figure is only reported. */
  readonly target?: Target | undefined;
}

/** The result of a line. */
export interface Figure {
  /** Undefined where nothing can be measured. */
  readonly value?: number;
  /** Helps to read the figure. */
  readonly note?: string;
}

/** Lines that are measured together. `measure` starts what it needs, releases it, and throws when an answer was wrong. */
export interface Part {
  /** Its name on the command line. */
  readonly name: string;
  readonly rows: Readonly<Record<string, Row>>;
  readonly measure: () => Promise<Readonly<Record<string, Figure>>>;
}

/** Makes a part that has a figure for each of its rows. */
export function definePart<Key extends string>(part: {
  readonly name: string;
  readonly rows: Readonly<Record<Key, Row>>;
  readonly measure: () => Promise<Readonly<Record<Key, Figure>>>;
}): Part {
  return part;
}

/** A target that excludes its limit. */
export function under(limit: number): Target {
  return { limit, kind: 'under' };
}

/** A target that includes its limit. */
export function atMost(limit: number): Target {
  return { limit, kind: 'atMost' };
}
