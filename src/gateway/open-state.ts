import type { Config } from '../config/schema.ts';
import { type StateSettings, stateSettings } from '../config/state-settings.ts';
import type { Emit, StateChanged } from '../domain/events.ts';
import type { Clock } from '../lib/clock.ts';
import type { RedisError } from '../redis/redis-error.ts';
import type { LimitState } from '../state/limit-state.ts';
import { createMemoryState } from '../state/memory.ts';
import {
  createSharedState,
  type ModeChange,
  type SharedState,
  type SharedStateOptions,
} from '../state/shared/shared-state.ts';
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
  /** The gateway's own name, which is its id in Redis. */
  readonly name: string;
  readonly onProblem: (message: string) => void;
}

/**
 * How long a take waits for a ledger of the gateway's own processes, in milliseconds. The channel to a process that has ended is closed at once, so that a late
 * answer only shows a busy machine, where shares would be less exact and no faster.
 */
const TIMEOUT_MS = 2000;
const LEASE_MS = 30_000;
/** A problem of the connection explains a loss for so long after it, in milliseconds. */
const PROBLEM_MS = 2000;

/** Opens the limits of a gateway. Waits half a second at most for a ledger; never rejects for one that does not answer. */
export async function openState({ config, ledger, clock, name, onProblem }: OpenStateOptions): Promise<OpenedState> {
  const settings = stateSettings(config);
  if (settings !== undefined) return inRedis(settings, { clock, name, onProblem });
  if (ledger === undefined) return inMemory(clock);
  return shared({ ...ledger, clock, timeout: TIMEOUT_MS, lease: LEASE_MS, replicas: 1 }, () => undefined);
}

async function inRedis(
  settings: StateSettings,
  { clock, name, onProblem }: Omit<OpenStateOptions, 'config'>,
): Promise<OpenedState> {
  let problem: { readonly message: string; readonly at: number } | undefined;
  const onRedis = ({ message }: RedisError): void => void (problem = { message, at: clock.now() });
  // Loaded here: a gateway without Redis does not need it.
  const { openRedisCounts } = await import('../state/redis/redis-counts.ts');
  const { address, prefix, ca } = settings;
  const counts = await openRedisCounts({ address, prefix, ca, process: name, onProblem: onRedis });
  const recent = (): string | undefined =>
    problem !== undefined && clock.now() - problem.at < PROBLEM_MS ? problem.message : undefined;
  const onConflict = (): void =>
    onProblem(
      `state: another gateway with the prefix '${settings.prefix}' has other limits for the same account; give each fleet a prefix of its own.`,
    );
  return shared({ ...settings, counts, process: name, clock, onConflict }, recent);
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

async function shared(
  options: Omit<SharedStateOptions, 'onMode'>,
  problem: () => string | undefined,
): Promise<OpenedState> {
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
    emit({ kind: 'state_changed', mode, reason: mode === 'local' ? (problem() ?? reason) : undefined, processes });
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
