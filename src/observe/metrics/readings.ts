import type { Chain } from '../../domain/chain.ts';
import type { ConfigurationStatus } from '../../domain/configuration-status.ts';
import type { LimitStatus } from '../../domain/limit-list.ts';
import type { RunningRequest } from '../../domain/requests.ts';
import { budgetReadings, type BudgetState } from './budget-readings.ts';
import { SECTIONS } from './definitions.ts';
import { type ClosedLabels, NONE } from './labels.ts';
import { limitReadings } from './limit-readings.ts';
import { logReadings, type LogCounts } from './log-metrics.ts';
import type { Reading } from './metric.ts';

/** What is read at a scrape. Everything is synchronous. Times in milliseconds since the epoch. */
export interface MetricSources {
  readonly now: () => number;
  readonly running: () => readonly RunningRequest[];
  /** The configured chains. */
  readonly chains: () => Iterable<Pick<Chain, 'name' | 'queue'>>;
  /** Number of requests that wait in the queue of a chain. */
  readonly waiting: (chain: string) => number;
  /** What is known of every model of the configuration. */
  readonly limits: () => readonly LimitStatus[];
  /** The budgets of the keys with series of their own, and of tenants. */
  readonly budgets: () => Iterable<BudgetState>;
  readonly reservations: { readonly open: number; readonly settledTwice: number };
  readonly store: () => { readonly up: boolean };
  /** Undefined where no other process shares the limits. */
  readonly state: () => { readonly shared: boolean; readonly processes: number } | undefined;
  /** `readAt`: when the keys of the store were last read; when the gateway began, before the first time. */
  readonly keys: () => { readonly loaded: number; readonly readAt: number };
  readonly configuration: () => {
    readonly status: Pick<ConfigurationStatus, 'loadedAt' | 'rejected'>;
    readonly reloads: { readonly applied: number; readonly rejected: number };
  };
  /** Number of events that readers of `events.watch` have lost. */
  readonly eventsLost: () => number;
  /** Spans that the gateway itself has sent, and that it has dropped. */
  readonly spans: () => { readonly sent: number; readonly dropped: number };
  readonly build: { readonly version: string; readonly node: string; readonly prices: string };
  /** The request log; undefined without one. */
  readonly log?: (() => LogCounts) | undefined;
}

/** Everything that one scrape reads. `operation`: the label of running requests. */
export function readingsOf(sources: MetricSources, operation: ClosedLabels): readonly Reading[] {
  return [
    ...trafficReadings(sources, operation),
    ...limitReadings(sources),
    ...budgetReadings(sources),
    ...stateReadings(sources),
    ...logReadings(sources.log),
  ];
}

function trafficReadings({ running, chains, waiting }: MetricSources, operation: ClosedLabels): readonly Reading[] {
  const { inProgress, streamsOpen, queueWaiting } = SECTIONS.traffic;
  const byOperation = (counts: (request: RunningRequest) => boolean): ReadonlyMap<number, number> => {
    const numbers = new Map<number, number>();
    for (const request of running()) {
      if (!counts(request)) continue;
      const id = operation.id(request.report.operation || NONE);
      numbers.set(id, (numbers.get(id) ?? 0) + 1);
    }
    return numbers;
  };
  const gaugeOf = (definition: Reading['definition'], counts: (request: RunningRequest) => boolean): Reading => ({
    definition,
    read(add) {
      for (const [id, number] of byOperation(counts)) add(operation.valuesOf(id), number);
    },
  });
  return [
    gaugeOf(inProgress, () => true),
    gaugeOf(streamsOpen, ({ report: { stream, committedAt } }) => stream && committedAt !== undefined),
    {
      definition: queueWaiting,
      read(add) {
        for (const { name, queue } of chains()) if (queue !== undefined) add([name], waiting(name));
      },
    },
  ];
}

function stateReadings(sources: MetricSources): readonly Reading[] {
  const { now, reservations, store, state, keys, configuration, eventsLost, spans, build } = sources;
  const { limits, store: stored, gateway } = SECTIONS;
  return [
    single(limits.reservationsOpen, () => reservations.open),
    single(limits.settleTwice, () => reservations.settledTwice),
    optional(stored.stateShared, () => state() && Number(state()?.shared)),
    optional(stored.stateProcesses, () => state()?.processes),
    single(stored.storeUp, () => (store().up ? 1 : 0)),
    single(stored.keysLoaded, () => keys().loaded),
    single(stored.keysAge, () => Math.max(0, now() - keys().readAt) / 1000),
    single(gateway.configLoaded, () => configuration().status.loadedAt / 1000),
    single(gateway.configRejected, () => (configuration().status.rejected === undefined ? 0 : 1)),
    {
      definition: gateway.configReloads,
      read(add) {
        const { applied, rejected } = configuration().reloads;
        add(['applied'], applied);
        add(['rejected'], rejected);
      },
    },
    single(gateway.eventsLost, eventsLost),
    single(gateway.traceSpans, () => spans().sent),
    single(gateway.traceSpansDropped, () => spans().dropped),
    { definition: gateway.buildInfo, read: (add) => add([build.version, build.node, build.prices], 1) },
  ];
}

function optional(definition: Reading['definition'], value: () => number | undefined): Reading {
  return {
    definition,
    read(add) {
      const present = value();
      if (present !== undefined) add([], present);
    },
  };
}

function single(definition: Reading['definition'], value: () => number): Reading {
  return { definition, read: (add) => add([], value()) };
}
