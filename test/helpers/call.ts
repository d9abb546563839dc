import type { Call } from '../../src/domain/call.ts';
import { OPERATIONS, type OperationName } from '../../src/operations/operations.ts';

/** The parts of a call that a test sets; by default a chat completion in process, without a stream. */
export interface CallParts<Input> extends Partial<Omit<Call<Input>, 'operation' | 'input'>> {
  readonly operation?: OperationName;
  readonly input: Input;
}

/** Makes a call as the router does. */
export function callOf<Input>({ operation = 'chat.completions', ...parts }: CallParts<Input>): Call<Input> {
  return { operation: OPERATIONS[operation], bytes: undefined, stream: false, headers: {}, ...parts };
}
