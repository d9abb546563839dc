/** A cooldown. Its key is an account, a model, or what shares one set of limits. Times in milliseconds since the epoch. */
export interface LimitCooldownRow {
  readonly key: string;
  readonly reason: string;
  readonly until: number;
  /** 0 or 1: SQLite has no booleans. */
  readonly lasting: number;
}

/** An amount used of a window that expires at `until`. Times in milliseconds since the epoch. */
export interface LimitWindowRow {
  readonly key: string;
  readonly window: string;
  /** Requests or tokens. Below 0 where several processes moved the same amount to a later row. */
  readonly used: number;
  readonly until: number;
  /** Null where the provider reported no limit. */
  readonly limit: number | null;
}

/** The tables of the newest version, after all migrations. */
export interface Tables {
  readonly limit_cooldown: LimitCooldownRow;
  readonly limit_window: LimitWindowRow;
}
