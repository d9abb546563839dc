import type { OperationName } from '../operations/operations.ts';

/** A request as a client would send it, of which only the plan is requested. */
export interface ExplainInput {
  readonly model?: string | undefined;
  /** The operation that the rest is the body of; `chat.completions` unless given. */
  readonly operation?: OperationName | undefined;
  readonly stream?: boolean | null | undefined;
  readonly [field: string]: unknown;
}

/** The same with its default filled in. */
export interface ExplainedInput extends ExplainInput {
  readonly operation: OperationName;
}
