import type { AttemptFinished, Emit, RequestFinished } from '../../domain/events.ts';
import { failoverOf, type TrailStep } from '../../domain/trail.ts';
import type { Usage } from '../../domain/usage.ts';
import { TOKEN_KINDS, type WASTE_REASONS } from './closed-lists.ts';
import type { Counted } from './counted.ts';
import { NONE } from './labels.ts';

/** A write of usage and spend to the store. */
export interface StoreWrite {
  /** How long it took, in milliseconds. */
  readonly ms: number;
  /** Why it failed; undefined where it did not. */
  readonly problem: string | undefined;
}

/** Counts what happens, in memory. */
export interface MetricsRecorder {
  /** The listener that counts requests and attempts: about a microsecond for a request. */
  readonly listen: Emit;
  /** Counts a write to the store. */
  readonly stored: (write: StoreWrite) => void;
}

/** Makes the recorder of one gateway's cells. */
export function createRecorder(counted: Counted): MetricsRecorder {
  const recorder = new Recorder(counted);
  return {
    listen(event) {
      if (event.kind === 'request_finished') recorder.requestFinished(event);
      else if (event.kind === 'attempt_finished') recorder.attemptFinished(event);
      else if (event.kind === 'raw_face_hidden') counted.cells.rawFaceHidden.add(0);
    },
    stored: (write) => recorder.stored(write),
  };
}

class Recorder {
  readonly #labels: Counted['labels'];
  readonly #cells: Counted['cells'];

  constructor({ labels, cells }: Counted) {
    this.#labels = labels;
    this.#cells = cells;
  }

  requestFinished(event: RequestFinished): void {
    const labels = this.#labels;
    const cells = this.#cells;
    const operation = labels.operation.id(event.operation || NONE);
    const chain = labels.chain.id(event.chain);
    const stream = labels.stream.id(event.stream ? 'true' : 'false');
    cells.requests.add(cells.requests.at(operation, chain, labels.code.id(event.code), stream));
    cells.duration.observe(cells.duration.at(operation, chain, stream), event.totalMs / 1000);
    const key = cells.keyRequests.at(labels.key.id(event.keyId));
    cells.keyRequests.add(key);
    if (event.refusal !== undefined) {
      const { scope, kind } = event.refusal;
      cells.refusals.add(cells.refusals.at(labels.refusalScope.id(scope), labels.refusalKind.id(kind)));
    }
    if (event.chain === undefined) return this.#withoutChain(event);
    if (event.overheadMs !== undefined) cells.overhead.observe(operation, event.overheadMs / 1000);
    if (event.queuedMs > 0) cells.queueWait.observe(chain, event.queuedMs / 1000);
    this.#attempted(event, chain, key);
  }

  attemptFinished({ step }: AttemptFinished): void {
    const { provider, model, outcome, firstTokenMs } = step;
    // It was not sent: the step of its request counts as a skip.
    if (outcome === 'skipped') return;
    const labels = this.#labels;
    const cells = this.#cells;
    if (outcome === 'answered') labels.target.answered(provider, model);
    const target = labels.target.id(provider, model);
    cells.attempts.add(cells.attempts.at(target, labels.outcome.id(outcome)));
    if (firstTokenMs !== undefined) cells.attemptFirstToken.observe(target, firstTokenMs / 1000);
  }

  stored({ ms, problem }: StoreWrite): void {
    this.#cells.storeWrite.observe(0, ms / 1000);
    if (problem !== undefined) this.#cells.storeErrors.add(this.#labels.storeProblem.id(problem));
  }

  #withoutChain({ code }: RequestFinished): void {
    const reason = this.#labels.authFailure.id(code);
    if (reason !== 0) this.#cells.authFailures.add(reason);
  }

  /** The one walk along the trail of a request. */
  #attempted(event: RequestFinished, chain: number, key: number): void {
    const labels = this.#labels;
    const cells = this.#cells;
    const { trail } = event;
    let answered: TrailStep | undefined;
    for (const step of trail) {
      const { outcome, reason } = step;
      const target = labels.target.id(step.provider, step.model);
      if (outcome === 'skipped') {
        if (reason !== undefined && reason !== 'hedge_lost')
          cells.skips.add(cells.skips.at(target, labels.skipReason.id(reason)));
        continue;
      }
      if (outcome === 'answered') answered = step;
      if (step.hedge === true) cells.hedges.add(cells.hedges.at(chain, labels.hedgeResult.id(hedgeResultOf(step))));
      if (step.usage !== undefined) this.#used({ event, step, usage: step.usage, chain, target, key });
    }
    if (answered === undefined) return;
    const target = labels.target.id(answered.provider, answered.model);
    const { committedMs } = event;
    if (event.stream && committedMs !== undefined)
      cells.firstToken.observe(cells.firstToken.at(chain, target), committedMs / 1000);
    if (failoverOf(trail) === undefined) return;
    cells.failovers.add(cells.failovers.at(chain, target));
    if (answered.startedMs !== undefined) cells.failover.observe(chain, answered.startedMs / 1000);
  }

  #used({ event, step, usage, chain, target, key }: UsedStep): void {
    const labels = this.#labels;
    const cells = this.#cells;
    const source = labels.usageSource.id(usage.source);
    for (let kind = 0; kind < TOKEN_KINDS.length; kind++) {
      const count = usage[TOKEN_KINDS[kind]?.[1] ?? 'input'];
      if (count !== undefined && count > 0) cells.tokens.add(cells.tokens.at(target, kind + 1, source), count);
    }
    if (step.costNano === undefined) cells.costUnknown.add(cells.costUnknown.at(chain, target));
    else {
      cells.cost.add(cells.cost.at(chain, target), step.costNano);
      cells.keyCost.add(key, step.costNano);
    }
    const wasted = wasteOf(event, step);
    const tokens = (usage.input ?? 0) + (usage.output ?? 0);
    if (wasted !== undefined && tokens > 0)
      cells.wasted.add(cells.wasted.at(target, labels.wasteReason.id(wasted)), tokens);
  }
}

/** A step that has used tokens, and the numbers of its labels. */
interface UsedStep {
  readonly event: RequestFinished;
  readonly step: TrailStep;
  readonly usage: Usage;
  readonly chain: number;
  readonly target: number;
  readonly key: number;
}

/** Why the client did not get the whole answer that an attempt has used tokens for; undefined where it did. */
function wasteOf({ code, status }: RequestFinished, step: TrailStep): (typeof WASTE_REASONS)[number] | undefined {
  if (step.reason === 'hedge_lost') return 'hedge_lost';
  if (code === 'client_closed') return 'caller_gone';
  if (step.outcome !== 'answered') return 'failed_before_commit';
  return code === 'ok' || status !== 200 ? undefined : 'failed_after_commit';
}

function hedgeResultOf({ outcome, reason }: TrailStep): 'won' | 'lost' | 'failed' {
  if (outcome === 'answered') return 'won';
  return reason === 'hedge_lost' ? 'lost' : 'failed';
}
