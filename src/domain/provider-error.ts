/** An error as OpenAI's clients know it: all four members always, `code` never a number. */
export interface ProviderError {
  readonly message: string;
  readonly type: string | null;
  readonly param: string | null;
  readonly code: string | null;
}

/** What some vendors put beside an error's words. */
export interface ErrorExtras {
  /** Quotas that are spent, by the vendor's names for them, and what each grants, as it is told. */
  readonly quotas: readonly { readonly id: string; readonly value: string | null }[];
  /** How long to wait, as it is told. */
  readonly retryDelay: string | null;
  /** Headers that the vendor wrote into the body; names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  /** What one whom the vendor asked himself has said, cut. */
  readonly upstreamText: string;
}

/** An error as a vendor reported it, translated, with what only its reading needs. */
export interface ReportedError extends ProviderError {
  /** Whatever names the cause best where the vendor keeps it beside the code. */
  readonly detail: string | null;
  /** An HTTP status that it speaks of. */
  readonly status: number | undefined;
  /** Absent where there is nothing beside its words. */
  readonly extras?: ErrorExtras | undefined;
}
