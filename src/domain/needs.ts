/** What a request asks of whoever serves it. */
export interface Needs {
  /** Whether it offers tools. */
  readonly tools: boolean;
  /** Whether an image is among its messages. */
  readonly images: boolean;
  /** Whether its answer is to follow a schema. */
  readonly jsonSchema: boolean;
  /** The top-level fields that the caller sent with a value other than null, without those that every request has. */
  readonly parameters: readonly string[];
  /** Tokens of what is asked, as estimated. */
  readonly inputTokens: number;
  /** The most tokens that it wants answered, all choices together; 0 where it does not say. A whole number. */
  readonly outputTokens: number;
}
