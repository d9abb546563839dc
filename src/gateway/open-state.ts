import type { Config } from '../config/schema.ts';
import type { Emit, StateChanged } from '../domain/events.ts';
import type { Clock } from '../lib/clock.ts';
import type { LimitState } from '../state/limit-state.ts';
import { createMemoryState } from '../state/memory.ts';
import { createSharedState, type ModeChange, type SharedState } from '../state/shared/shared-state.ts';
import type { GatewayOptions } from './gateway.ts';

/** The limits of a gateway, in memory or over a ledger that several processes share. */
export interface OpenedState {
  readonly state: LimitState;
  /** Whether the limits outlive the process by themselves. */
  readonly keepsLimits: boolean;
  /** What is known of the sharing now; undefined where nothing is shared. */
  readonly sharing: () => { readonly shared: boolean; readonly processes: number } | undefined;
  /** Reports changes of the mode from now on, and the present one where takes are decided locally. */
  readonly follow: (emit: Emit) => void;
  /** Reports what is left, and closes the ledger. Never rejects. */
  readonly close: () => Promise<void>;
}

/** What a state is opened with. */
export interface OpenStateOptions extends Pick<GatewayOptions, 'ledger'> {
  readonly config: Config;
  readonly clock: Clock;
}

/** How long a take waits for a ledger of the gateway's own processes, in milliseconds. */
const TIMEOUT_MS = 50;
const LEASE_MS = 30_000;

/** Opens the limits of a gateway. Waits half a second at most for a ledger; never rejects for one that does not answer. */
export async function openState({ ledger, clock }: OpenStateOptions): Promise<OpenedState> {
  if (ledger === undefined) return inMemory(clock);
  return shared({ ...ledger, clock, timeout: TIMEOUT_MS, lease: LEASE_MS, replicas: 1 });
}

function inMemory(clock: Clock): OpenedState {
  return {
    state: createMemoryState(clock),
    keepsLimits: false,
    sharing: () => undefined,
    follow: () => undefined,
    close: () => Promise.resolve(),
  };
}

async function shared(options: Omit<Parameters<typeof createSharedState>[0], 'onMode'>): Promise<OpenedState> {
  let emit: Emit | undefined;
  let latest: ModeChange | undefined;
  let reported: StateChanged['mode'] = 'shared';
  const state: SharedState = createSharedState({ ...options, onMode: report });

  function report(change: ModeChange): void {
    const { mode, reason, processes } = change;
    // It is late for some milliseconds now and then.
    if (mode === 'suspect') return;
    latest = change;
    if (emit === undefined || mode === reported) return;
    reported = mode;
    emit({ kind: 'state_changed', mode, reason, processes });
  }

  await state.ready;
  return {
    state,
    keepsLimits: true,
    sharing: () => ({ shared: state.mode !== 'local', processes: state.processes }),
    follow(next) {
      emit = next;
      report(latest ?? { mode: state.mode, reason: 'it does not answer', processes: options.replicas });
    },
    async close() {
      await state[Symbol.asyncDispose]();
    },
  };
}
