/** An error as OpenAI's clients know it: all four members always, `code` never a number. */
export interface VendorError {
  readonly message: string;
  readonly type: string | null;
  readonly param: string | null;
  readonly code: string | null;
}
