import type { Answer } from '../../attempt/answer.ts';
import type { RunChain } from '../../chain/run.ts';
import type { BodyRules } from '../../domain/body-rules.ts';
import type { Call } from '../../domain/call.ts';
import { GatewayError } from '../../domain/errors.ts';
import type { RequestScope } from '../../domain/scope.ts';
import { BodyCapture } from './body-capture.ts';
import { type BodyQueue, type BodyQueueOptions, createBodyQueue } from './body-queue.ts';

/** Options of `createBodyLog`. */
export interface BodyLogOptions extends BodyQueueOptions {
  /** From 0 to below 1. */
  readonly random: () => number;
}

/** The bodies of requests that a process keeps. Dispose it before the request log. */
export interface BodyLog extends AsyncDisposable, Pick<BodyQueue, 'flush'> {
  /** Takes the bodies of the requests that a runner serves, as the rules of their configuration say. Without rules that is one test. */
  capturing(run: RunChain): RunChain;
  /** Notes the row of a request that has ended. Cheap while no bodies are taken. */
  readonly rowMade: (requestId: string, rowId: bigint) => void;
  readonly counters: Pick<BodyQueue, 'written' | 'dropped' | 'bytes'>;
}

/** How long an answer may still be written to a client after its request has ended, in milliseconds; what was taken then is kept. */
const LINGER_MS = 30_000;

/** Makes the log of bodies. */
export function createBodyLog({ random, ...options }: BodyLogOptions): BodyLog {
  const queue = createBodyQueue(options);
  const { clock } = options;
  const running = new Map<string, { readonly capture: BodyCapture; linger: Disposable | undefined }>();

  /** Begins to take the bodies of a request, which its chain is known of; undefined where they are not wanted. */
  function begin(rules: BodyRules, { body }: Call, { id, report }: RequestScope): BodyCapture | undefined {
    if (report.chain === undefined || !rules.chains.has(report.chain) || random() >= rules.sample) return undefined;
    const capture = new BodyCapture(rules, queue, () => proceed(id));
    capture.takeRequest(body.bytes);
    if (capture.isDropped) return undefined;
    running.set(id, { capture, linger: undefined });
    return capture;
  }

  /** Passes bodies on once their answer has ended and their row is known. Whichever is first waits for the other one for a while. */
  function proceed(requestId: string): void {
    const known = running.get(requestId);
    if (known === undefined) return;
    const { isAnswered, rowId, isDropped } = known.capture;
    if (isDropped || (isAnswered && rowId !== undefined)) finish(requestId);
    else known.linger ??= clock.timer(LINGER_MS, () => finish(requestId));
  }

  function finish(requestId: string): void {
    const known = running.get(requestId);
    if (known === undefined) return;
    running.delete(requestId);
    known.linger?.[Symbol.dispose]();
    const { capture } = known;
    const { rowId: id, rules, request, answer, bytes } = capture;
    if (capture.isDropped) return;
    capture.stop();
    if (id === undefined) capture.discard();
    else queue.add({ id, rules, request, answer, bytes });
  }

  function captured(run: RunChain, rules: BodyRules, [call, scope, own]: Parameters<RunChain>): Promise<Answer> {
    if (scope.options.log === 'none') {
      if (rules.mayOptOut) return run(call, scope, own);
      throw new GatewayError('invalid_request', { message: NO_OPT_OUT, param: 'x-spillway-log' });
    }
    const answering = started(run, [call, scope, own]);
    const capture = begin(rules, call, scope);
    return capture === undefined ? answering : taken(answering, capture);
  }

  return {
    capturing: (run) => (call, scope, own) => {
      const rules = scope.snapshot.bodies;
      return rules === undefined ? run(call, scope, own) : captured(run, rules, [call, scope, own]);
    },
    rowMade(requestId, rowId) {
      if (running.size === 0) return;
      const known = running.get(requestId);
      if (known === undefined) return;
      known.capture.rowId = rowId;
      proceed(requestId);
    },
    flush: (withinMs) => queue.flush(withinMs),
    counters: queue,
    async [Symbol.asyncDispose]() {
      for (const requestId of running.keys()) finish(requestId);
      await queue[Symbol.asyncDispose]();
    },
  };
}

/** The answer of a runner. What it refuses at once is a rejection, too: the chain of such a request is known. */
function started(run: RunChain, [call, scope, own]: Parameters<RunChain>): Promise<Answer> {
  try {
    return run(call, scope, own);
  } catch (error) {
    return Promise.reject(error);
  }
}

async function taken(answering: Promise<Answer>, capture: BodyCapture): Promise<Answer> {
  try {
    return capture.takeAnswer(await answering);
  } catch (error) {
    capture.answered();
    throw error;
  }
}

const NO_OPT_OUT =
  'x-spillway-log: this gateway does not allow `none`, and may keep the bodies of requests; its operator can set `log.optOut: true`.';
