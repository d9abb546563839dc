/** An error in OpenAI's shape. All four members are always present, and `code` is never a number. */
export interface ProviderError {
  readonly message: string;
  readonly type: string | null;
  readonly param: string | null;
  readonly code: string | null;
  /** The most specific name of the cause, where the provider sends it beside the code. */
  readonly detail?: string | null | undefined;
}

/** What some providers send beside an error's message. */
export interface ErrorExtras {
  /** Exhausted quotas, by the provider's names for them, and the size of each as the provider writes it. */
  readonly quotas: readonly { readonly id: string; readonly value: string | null }[];
  /** Members that may say when to retry or when a limit resets, with their values as the provider writes them. */
  readonly waits: readonly { readonly name: string; readonly value: string }[];
  /** Headers that the provider quotes in the body; names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  /** The text of the provider's own upstream, truncated; empty where there is none. */
  readonly upstreamText: string;
}

/** An error as a provider reported it, in OpenAI's shape, with the parts that only the classification reads. */
export interface ReportedError extends ProviderError {
  readonly detail: string | null;
  /** The HTTP status that the error names. */
  readonly status: number | undefined;
  /** Absent where the error holds nothing beside its message. */
  readonly extras?: ErrorExtras | undefined;
}
