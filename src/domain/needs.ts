/** What not every model can do. */
export type Capability = 'tools' | 'images' | 'jsonSchema';

/** What a request asks of whoever serves it. */
export interface Needs extends Readonly<Record<Capability, boolean>> {
  /** The top-level fields that the caller sent with a value other than null, without those that every request has. */
  readonly parameters: readonly string[];
  /** Tokens of what is asked, as estimated. */
  readonly inputTokens: number;
  /** The most tokens that it wants answered, all choices together; 0 where it does not say. A whole number. */
  readonly outputTokens: number;
}
