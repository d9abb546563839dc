import type { OperationName } from '../domain/operation-names.ts';

/** A request for a plan: the body that a client would send. */
export interface ExplainInput {
  readonly model?: string | undefined;
  /** The operation of the body; `chat.completions` unless given. */
  readonly operation?: OperationName | undefined;
  readonly stream?: boolean | null | undefined;
  readonly [field: string]: unknown;
}

/** The same with its defaults. */
export interface ExplainedInput extends ExplainInput {
  readonly operation: OperationName;
}
