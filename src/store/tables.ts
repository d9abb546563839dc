/** An account, or what is counted together, that is left alone. Times in milliseconds since the epoch. */
export interface LimitCooldownRow {
  readonly key: string;
  readonly reason: string;
  readonly until: number;
  /** 0 or 1: SQLite has no booleans. */
  readonly lasting: number;
}

/** What is used of a window. Times in milliseconds since the epoch. */
export interface LimitWindowRow {
  readonly key: string;
  readonly window: string;
  readonly used: number;
  readonly until: number;
  /** Null where the vendor has told none. */
  readonly limit: number | null;
}

/** The tables of the newest version, as the migrations leave them. */
export interface Tables {
  readonly limit_cooldown: LimitCooldownRow;
  readonly limit_window: LimitWindowRow;
}
