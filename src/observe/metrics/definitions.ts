/** What one metric is: its name and labels are a stable contract, which changes with a major version only. */
export interface MetricDefinition {
  readonly name: string;
  readonly kind: 'counter' | 'gauge' | 'histogram';
  readonly labels: readonly string[];
  /** One sentence, for `# HELP` and docs/metrics.md. */
  readonly help: string;
  /** Upper bounds of a histogram, ascending. */
  readonly buckets?: readonly number[] | undefined;
  /** How the values of several processes become one; `sum` unless given. */
  readonly across?: Across | undefined;
}

/** What the value of all processes of one gateway is, of the values of each. */
export type Across = 'sum' | 'max' | 'min';

const DURATION = [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600];
const FIRST_TOKEN = [0.05, 0.1, 0.2, 0.3, 0.5, 0.75, 1, 1.5, 2, 3, 5, 10, 20, 30, 60];
/** Upper bounds of the buckets of overheads, in seconds. */
export const OVERHEAD_SECONDS: readonly number[] = Object.freeze([
  0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.5,
]);
const STORE_WRITE = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5];

const TARGET = ['provider', 'model'];
const TARGET_KEY = [...TARGET, 'key_number'];
const BUDGET = ['owner', 'tenant', 'name', 'period', 'models'];

function counter(name: string, labels: readonly string[], help: string): MetricDefinition {
  return { name, kind: 'counter', labels, help };
}

function gauge(name: string, labels: readonly string[], help: string): MetricDefinition {
  return { name, kind: 'gauge', labels, help };
}

/** A gauge of which all processes of one gateway know the same value, more or less newly. */
function shared(across: 'max' | 'min', definition: MetricDefinition): MetricDefinition {
  return { ...definition, across };
}

function histogram(
  name: string,
  labels: readonly string[],
  { help, buckets }: Required<Pick<MetricDefinition, 'help' | 'buckets'>>,
): MetricDefinition {
  return { name, kind: 'histogram', labels, help, buckets };
}

/** All metrics of the gateway's own, in the sections of docs/metrics.md. Without `spillway_log_*`, which are in log-metrics.ts. */
export const SECTIONS = Object.freeze({
  traffic: {
    requests: counter(
      'spillway_requests_total',
      ['operation', 'chain', 'code', 'stream'],
      'Requests that have ended, in every ending.',
    ),
    duration: histogram('spillway_request_duration_seconds', ['operation', 'chain', 'stream'], {
      help: 'Time from the accept of a request to its end.',
      buckets: DURATION,
    }),
    firstToken: histogram('spillway_time_to_first_token_seconds', ['chain', ...TARGET], {
      help: 'Time from the accept of a stream to its commit.',
      buckets: FIRST_TOKEN,
    }),
    overhead: histogram('spillway_overhead_seconds', ['operation'], {
      help: 'Time that the gateway itself took: outside of attempts, without the arrival of the body, queues and pauses before retries.',
      buckets: OVERHEAD_SECONDS,
    }),
    inProgress: gauge('spillway_requests_in_progress', ['operation'], 'Requests that run.'),
    streamsOpen: gauge('spillway_streams_open', ['operation'], 'Streams whose first token was delivered and that run.'),
    queueWaiting: gauge('spillway_queue_waiting', ['chain'], 'Requests that wait in the queue of a chain.'),
    queueWait: histogram('spillway_queue_wait_seconds', ['chain'], {
      help: 'Time in the queue of a chain, of the requests that waited in it.',
      buckets: DURATION,
    }),
  },
  failover: {
    attempts: counter(
      'spillway_attempts_total',
      [...TARGET, 'outcome'],
      'Attempts whose outcome is known. A stream counts as answered at its commit.',
    ),
    attemptFirstToken: histogram('spillway_attempt_first_token_seconds', TARGET, {
      help: 'Time from the start of an attempt to the commit of its stream.',
      buckets: FIRST_TOKEN,
    }),
    skips: counter('spillway_entry_skips_total', [...TARGET, 'reason'], 'Entries that a request skipped.'),
    failovers: counter(
      'spillway_failovers_total',
      ['chain', ...TARGET],
      'Requests that an entry answered after another one had failed, by the entry that answered.',
    ),
    failover: histogram('spillway_failover_seconds', ['chain'], {
      help: 'Time from the accept of such a request to the start of the attempt that answered.',
      buckets: FIRST_TOKEN,
    }),
    hedges: counter(
      'spillway_hedges_total',
      ['chain', 'result'],
      'Second attempts beside a slow first one: won, lost, or failed.',
    ),
  },
  providers: {
    available: shared(
      'min',
      gauge('spillway_entry_available', TARGET_KEY, '1 where a model can be tried now under a key, else 0.'),
    ),
    cooldown: shared(
      'max',
      gauge(
        'spillway_entry_cooldown_seconds',
        TARGET_KEY,
        'Time until a model may be tried again; 0 where it is available or the time is unknown.',
      ),
    ),
    limitUsed: shared(
      'max',
      gauge(
        'spillway_limit_used_ratio',
        [...TARGET_KEY, 'window'],
        'Used share of a limit of a provider, running attempts included; 1 where all of it is used.',
      ),
    ),
  },
  money: {
    tokens: counter(
      'spillway_tokens_total',
      [...TARGET, 'kind', 'source'],
      'Tokens of all attempts. cached_input, cache_write and audio_input are parts of input, reasoning and audio_output parts of output.',
    ),
    cost: counter('spillway_cost_usd_total', ['chain', ...TARGET], 'What attempts have cost, as far as it is known.'),
    costUnknown: counter(
      'spillway_cost_unknown_total',
      ['chain', ...TARGET],
      'Attempts that used tokens and whose cost is unknown.',
    ),
    wasted: counter(
      'spillway_wasted_tokens_total',
      [...TARGET, 'reason'],
      'Tokens, input and output, of attempts whose answer did not reach the client as a whole.',
    ),
    keyRequests: counter('spillway_key_requests_total', ['tenant', 'key'], 'Requests that have ended, by key.'),
    keyCost: counter('spillway_key_cost_usd_total', ['tenant', 'key'], 'What the requests of a key have cost.'),
  },
  limits: {
    budgetAmount: shared('max', gauge('spillway_budget_amount_usd', BUDGET, 'The amount of a budget.')),
    budgetRemaining: shared(
      'min',
      gauge(
        'spillway_budget_remaining_usd',
        BUDGET,
        'What is neither spent nor reserved of a budget in its present period.',
      ),
    ),
    budgetReserved: gauge('spillway_budget_reserved_usd', BUDGET, 'What running requests have reserved of a budget.'),
    refusals: counter(
      'spillway_refusals_total',
      ['scope', 'kind'],
      'Requests that a limit or a budget of their key or tenant has refused.',
    ),
    reservationsOpen: gauge(
      'spillway_reservations_open',
      [],
      'Running requests that hold a part of a limit or a budget of their key or tenant.',
    ),
    settleTwice: counter(
      'spillway_settle_twice_total',
      [],
      'Reservations that were settled a second time, which changes nothing and is a defect.',
    ),
  },
  store: {
    stateShared: shared(
      'min',
      gauge(
        'spillway_state_shared',
        [],
        '1 where limits are counted by all processes together, 0 while each keeps to its share; absent without a shared state.',
      ),
    ),
    stateProcesses: shared(
      'max',
      gauge(
        'spillway_state_processes',
        [],
        'Processes that share the state of limits, as far as this one knows; absent without a shared state.',
      ),
    ),
    storeUp: shared(
      'min',
      gauge('spillway_store_up', [], '1 where the last write to the store and the last read of its keys worked.'),
    ),
    storeWrite: histogram('spillway_store_write_seconds', [], {
      help: 'Time of the writes of usage, spend and audit entries, one for each batch.',
      buckets: STORE_WRITE,
    }),
    storeErrors: counter(
      'spillway_store_errors_total',
      ['problem'],
      'Writes to the store that failed and are repeated.',
    ),
    keysLoaded: shared(
      'max',
      gauge('spillway_keys_loaded', [], 'Keys of clients that are accepted, of the configuration and the store.'),
    ),
    keysAge: shared('max', gauge('spillway_keys_age_seconds', [], 'Time since the keys of the store were last read.')),
    authFailures: counter(
      'spillway_auth_failures_total',
      ['reason'],
      'Requests that were refused for their key, its role or their origin.',
    ),
  },
  overload: {
    overloadLevel: shared('max', gauge('spillway_overload_level', [], 'How overloaded the process is, from 0 to 3.')),
    placesUsed: gauge('spillway_request_places_used', [], 'Requests that count against server.maxRequests.'),
    places: gauge('spillway_request_places', [], 'How many of them may run at once.'),
    overloadRefusals: counter(
      'spillway_overload_refusals_total',
      ['reason'],
      'Requests that were refused with overloaded before their body was read: max_requests, priority or share.',
    ),
  },
  gateway: {
    configLoaded: shared(
      'min',
      gauge('spillway_config_loaded_timestamp_seconds', [], 'When the configuration that is served took effect.'),
    ),
    configRejected: shared(
      'max',
      gauge('spillway_config_rejected', [], '1 where a newer configuration was rejected, else 0.'),
    ),
    configReloads: shared(
      'max',
      counter('spillway_config_reloads_total', ['result'], 'Configurations that came after the first one.'),
    ),
    eventsLost: counter(
      'spillway_live_events_lost_total',
      [],
      'Events that readers of events.watch lost because they were too slow.',
    ),
    rawFaceHidden: counter(
      'spillway_raw_face_hidden_total',
      [],
      'Streams that were served value by value, which is a defect of a stage or a middleware.',
    ),
    traceSpans: counter('spillway_trace_spans_total', [], 'Spans that the collector of traces.url has taken.'),
    traceSpansDropped: counter(
      'spillway_trace_spans_dropped_total',
      [],
      'Spans that were dropped on their way to the collector of traces.url.',
    ),
    seriesDropped: counter(
      'spillway_metrics_series_dropped_total',
      [],
      'Values that were merged into (other), or left out, because metrics.maxSeries was reached.',
    ),
    buildInfo: shared(
      'max',
      gauge(
        'spillway_build_info',
        ['version', 'node', 'prices'],
        'Always 1. Versions of the gateway, of Node.js and of the price lists.',
      ),
    ),
  },
});
