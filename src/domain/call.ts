import type { Operation } from './operation.ts';

/** One request to a chain. Immutable: every attempt starts from it. */
export interface Call<Input = unknown> {
  readonly operation: Operation;
  /** The validated input; unknown fields are kept. */
  readonly input: Input;
  /** The client's body as it arrived; undefined in process, where there is none. */
  readonly bytes: Buffer | undefined;
  readonly stream: boolean;
  /** The client's request headers that `operation.forwardedHeaders` lets pass; lower case. */
  readonly headers: Readonly<Record<string, string>>;
}
