import type { RunChain } from '../chain/run.ts';
import type { Stage } from '../chain/stage.ts';
import type { RunSettings } from '../config/run-settings.ts';
import type { Call } from '../domain/call.ts';
import { GatewayError } from '../domain/errors.ts';
import type { RunOptions } from '../domain/run.ts';
import type { RequestScope } from '../domain/scope.ts';
import { type AbortScope, openAbortScope } from '../lib/abort.ts';
import type { Clock } from '../lib/clock.ts';
import { createRandomHex } from '../lib/ids.ts';
import type { FrameForm } from './frames.ts';
import { KeptRun, type KeptRunParts } from './kept-run.ts';
import { onProgressOf } from './progress-events.ts';
import { createRestart } from './restart.ts';

/** How a run is made. */
export interface NewRun extends RunOptions {
  /** The form in which its events are kept. */
  readonly form: FrameForm;
  /** Its id, which nothing can guess; made unless given. */
  readonly id?: string | undefined;
  /** Stages of its request, inside of its own. */
  readonly stages?: readonly Stage[] | undefined;
}

/** What runs are started with. */
export interface StartTools {
  readonly clock: Clock;
  /** The present settings. */
  readonly settings: () => RunSettings;
  /** Opens the request of a run, for the client of another one. */
  readonly openScope: (client: RequestScope, abort: AbortScope) => RequestScope;
  readonly run: RunChain;
}

/** The request of a new run. */
export interface WantedRun {
  readonly call: Call;
  readonly client: RequestScope;
  readonly options: NewRun & { readonly id: string };
}

/** What a run reports to its store. */
export interface RunHooks extends Pick<KeptRunParts, 'onEvents'> {
  /** Gets each change of the memory that the run takes, in bytes: also while it is being started. */
  readonly onBytes: (run: KeptRun, change: number) => void;
  /** Called once, after the last event, with the run's id. */
  readonly onEnd: (id: string) => void;
}

/** Milliseconds for which a run of the policy `detach` continues without a reader, unless it says otherwise. */
const GRACE_MS = 30_000;

/** Hexadecimal digits of 128 bits, so that no id can be guessed. */
const ID_DIGITS = 32;
const newDigits = createRandomHex(ID_DIGITS);

/** A new id of a run. */
export const newRunId = (): string => `run_${newDigits()}`;

/** Starts a run and its request. Throws what refuses the request before its chain begins. */
export function startRun({ call, client, options }: WantedRun, tools: StartTools, hooks: RunHooks): KeptRun {
  const { clock, openScope, run: runChain, settings } = tools;
  const { id, form, onCut } = options;
  const disconnect = options.disconnect ?? settings().disconnect;
  const graceMs = disconnect === 'abort' ? 0 : Math.min(options.graceMs ?? GRACE_MS, settings().maxGrace);
  const abort = openAbortScope();
  const scope = openScope(client, abort);
  const { maxBytes } = settings();
  const own = { id, call, form, scope, abort, clock, disconnect, graceMs, maxBytes };
  const { onEvents } = hooks;
  const run: KeptRun = new KeptRun({
    ...own,
    onBytes: (change) => hooks.onBytes(run, change),
    onEvents,
    onEnd: () => hooks.onEnd(id),
  });
  scope.report.operation = `${call.operation.name}.stream`;
  scope.report.run = { id, report: scope.report };
  // The request of its client ends at once, or only reads the run.
  scope.report.place = client.report.place;
  client.report.place = undefined;
  scope.report.onProgress = onProgressOf(run);
  const restart = onCut === 'reset' ? [createRestart(run, clock)] : [];
  const stages = [...restart, ...(options.stages ?? [])];
  try {
    void run.follow(runChain(call, scope, stages));
  } catch (thrown) {
    // What refuses a request before its chain begins refuses its creation.
    const error = GatewayError.from(thrown);
    run.fail(error);
    run.log.clear();
    throw error;
  }
  return run;
}
