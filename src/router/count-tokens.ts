import { GatewayError } from '../domain/errors.ts';
import type { TokenCount } from '../domain/messages.ts';
import type { TrailStep } from '../domain/trail.ts';
import type { CallContext } from './context.ts';

const OPERATION = 'messages.count_tokens';
/** Statuses by which a server says that it has no such path. */
const NO_SUCH_PATH: ReadonlySet<number | undefined> = new Set([404, 405, 501]);

/**
 * The tokens that a message would have as input, counted by the first entry of the chain that can count them. Where none can, the gateway's own
 * estimate, which is reported as one. Rejects with a GatewayError where an entry may count later, or where the request is wrong.
 */
export async function countTokens(call: CallContext, input: object): Promise<TokenCount> {
  try {
    return await call.answer<TokenCount>({ operation: OPERATION, input });
  } catch (thrown) {
    // Without attempts the request was refused before its chain, or the gateway has failed.
    const { attempts = [] } = GatewayError.from(thrown).details;
    if (attempts.length === 0 || !attempts.every(cannotCount)) throw thrown;
    call.scope.report.estimated = ['input_tokens'];
    return { input_tokens: call.estimateInput({ operation: OPERATION, input }) };
  }
}

/** Whether an entry can never count this request's tokens: another entry, or a later time, then changes nothing about it. */
function cannotCount({ outcome, reason, status }: TrailStep): boolean {
  if (outcome === 'skipped') return reason === 'lacks_capability' || reason === 'too_large';
  return outcome === 'unsuited' || outcome === 'unknown_model' || NO_SUCH_PATH.has(status);
}
