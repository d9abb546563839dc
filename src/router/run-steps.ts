import { getTRPCErrorFromUnknown, type TRPCError } from '@trpc/server';

/** The result of a middleware or a resolver. */
export type StepResult =
  | { readonly ok: true; readonly data: unknown }
  | { readonly ok: false; readonly error: TRPCError };

/** What a middleware may change for the steps after it. */
interface Changes {
  readonly ctx?: object | undefined;
  readonly input?: unknown;
  readonly getRawInput?: (() => Promise<unknown>) | undefined;
}

/** The options that are the same for every step of a call. */
export interface StepsCall {
  readonly path: string;
  readonly type: 'query' | 'mutation' | 'subscription';
  readonly meta: object | undefined;
  readonly signal: AbortSignal;
  /** Index of the call in its request, counted from 0. */
  readonly batchIndex: number;
}

/** A step of a procedure's definition. tRPC makes a middleware of everything: the input's check and the resolver too. */
export type Step = (
  options: StepsCall & Required<Changes> & { readonly next: (changes?: Changes) => Promise<StepResult> },
) => Promise<StepResult>;

/**
 * Runs a procedure's steps like tRPC's own caller, which copies all options several times at every step, member by member: that costs a
 * request as much as the plan of its chain. Never rejects.
 */
export function runSteps(steps: readonly Step[], call: StepsCall, first: Required<Changes>): Promise<StepResult> {
  // Not an async function: each would add a wait, and a request runs several steps.
  function run(index: number, { ctx, input, getRawInput }: Required<Changes>): Promise<StepResult> {
    const next = (changes?: Changes): Promise<StepResult> =>
      run(index + 1, {
        ctx: changes?.ctx === undefined ? ctx : { ...ctx, ...changes.ctx },
        input: changes !== undefined && 'input' in changes ? changes.input : input,
        getRawInput: changes?.getRawInput ?? getRawInput,
      });
    try {
      const step = steps[index];
      if (step === undefined) throw new Error('A procedure has no resolver.');
      const { path, type, meta, signal, batchIndex } = call;
      return step({ path, type, meta, signal, batchIndex, ctx, input, getRawInput, next }).catch(failed);
    } catch (cause) {
      return Promise.resolve(failed(cause));
    }
  }
  return run(0, first);
}

function failed(cause: unknown): StepResult {
  return { ok: false, error: getTRPCErrorFromUnknown(cause) };
}
