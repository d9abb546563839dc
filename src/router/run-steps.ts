import { getTRPCErrorFromUnknown, type TRPCError } from '@trpc/server';

/** What a middleware or a resolver came to. */
export type StepResult =
  | { readonly ok: true; readonly data: unknown }
  | { readonly ok: false; readonly error: TRPCError };

/** What a middleware may change for those behind it. */
interface Changes {
  readonly ctx?: object | undefined;
  readonly input?: unknown;
  readonly getRawInput?: (() => Promise<unknown>) | undefined;
}

/** What is the same for every step of a call. */
export interface StepsCall {
  readonly path: string;
  readonly type: 'query' | 'mutation' | 'subscription';
  readonly meta: object | undefined;
  readonly signal: AbortSignal;
  /** Which call of its request it is, counted from 0. */
  readonly batchIndex: number;
}

/** A middleware of tRPC's, the check of an input and the resolver among them, as it stands in a procedure's definition. */
export type Step = (
  options: StepsCall & Required<Changes> & { readonly next: (changes?: Changes) => Promise<StepResult> },
) => Promise<StepResult>;

/**
 * Runs a procedure's steps as tRPC's own caller does. That one copies all options at every step, several times and member by member, which
 * costs a request as much as its whole plan down the chain. Never rejects.
 */
export function runSteps(steps: readonly Step[], call: StepsCall, first: Required<Changes>): Promise<StepResult> {
  // No async function: each would wait once more, and a request goes through several.
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
