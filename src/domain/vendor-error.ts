/** An error as OpenAI's clients know it: all four members always, `code` never a number. */
export interface VendorError {
  readonly message: string;
  readonly type: string | null;
  readonly param: string | null;
  readonly code: string | null;
}

/** An error as a vendor reported it, translated, with what only its reading needs. */
export interface ReportedError extends VendorError {
  /** Whatever names the cause best where the vendor keeps it beside the code. */
  readonly detail: string | null;
  /** An HTTP status that it speaks of. */
  readonly status: number | undefined;
}
