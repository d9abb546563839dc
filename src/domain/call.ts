import type { OperationName } from './operation.ts';

/** One request on its way down the chain. It is never changed: every attempt starts from it. */
export interface Call<Input = unknown> {
  readonly operation: OperationName;
  /** The checked input; unknown fields kept. */
  readonly input: Input;
  /** The caller's body as it came; undefined in process, where there was none. */
  readonly bytes: Buffer | undefined;
  readonly stream: boolean;
}
