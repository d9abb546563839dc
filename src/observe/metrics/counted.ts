import { OWNER_REFUSAL_KINDS } from '../../domain/owner-refusal.ts';
import { NANO_PER_DOLLAR } from '../../domain/usage.ts';
import { STORE_PROBLEMS } from '../../store/store-error.ts';
import { CounterCells, HistogramCells } from './cells.ts';
import {
  AUTH_FAILURES,
  CODES,
  HEDGE_RESULTS,
  OUTCOMES,
  SKIP_REASONS,
  TOKEN_KINDS,
  WASTE_REASONS,
} from './closed-lists.ts';
import { type MetricDefinition, SECTIONS } from './definitions.ts';
import { KeyLabels, type NamedKey } from './key-labels.ts';
import { ChainLabels, ClosedLabels, type Labels, NONE } from './labels.ts';
import type { SeriesBound } from './series-bound.ts';
import { type KnownTargets, TargetLabels } from './target-labels.ts';

/** What is known of the names in requests: by the configuration that is served, and by the store. */
export interface KnownNames extends KnownTargets {
  /** Names of all operations and documents in records. */
  readonly operations: readonly string[];
  /** Whether the configuration has a chain of that name. */
  readonly hasChain: (name: string) => boolean;
  /** The key of an id; undefined for a principal that is no key. */
  readonly key: (id: string) => NamedKey | undefined;
}

/** Options of `createCounted`. */
export interface CountedOptions {
  readonly names: KnownNames;
  /** How many keys have series of their own. */
  readonly keys: number;
  readonly bound: SeriesBound;
}

/** The labels and the cells of what is counted while requests run. */
export type Counted = ReturnType<typeof createCounted>;

/** Makes all cells, empty. */
// oxlint-disable-next-line typescript/explicit-module-boundary-types -- one line for each metric
export function createCounted({ names, keys, bound }: CountedOptions) {
  const labels = {
    operation: new ClosedLabels('operation', [NONE, ...names.operations]),
    chain: new ChainLabels(names.hasChain),
    target: new TargetLabels(names),
    key: new KeyLabels(names.key, keys),
    code: new ClosedLabels('code', CODES),
    stream: new ClosedLabels('stream', ['false', 'true']),
    outcome: new ClosedLabels('outcome', OUTCOMES),
    skipReason: new ClosedLabels('reason', SKIP_REASONS),
    hedgeResult: new ClosedLabels('result', HEDGE_RESULTS),
    tokenKind: new ClosedLabels(
      'kind',
      TOKEN_KINDS.map(([kind]) => kind),
    ),
    usageSource: new ClosedLabels('source', ['provider', 'estimated']),
    wasteReason: new ClosedLabels('reason', WASTE_REASONS),
    refusalScope: new ClosedLabels('scope', ['key', 'tenant']),
    refusalKind: new ClosedLabels('kind', OWNER_REFUSAL_KINDS),
    authFailure: new ClosedLabels<string>('reason', AUTH_FAILURES),
    storeProblem: new ClosedLabels<string>('problem', STORE_PROBLEMS),
  };
  const sums = (definition: MetricDefinition, ...own: readonly Labels[]): CounterCells =>
    new CounterCells(definition, { labels: own, bound });
  const dollars = (definition: MetricDefinition, ...own: readonly Labels[]): CounterCells =>
    new CounterCells(definition, { labels: own, bound }, NANO_PER_DOLLAR);
  const times = (definition: MetricDefinition, ...own: readonly Labels[]): HistogramCells =>
    new HistogramCells(definition, { labels: own, bound });
  const { operation, chain, target, key, code, stream } = labels;
  const { traffic, failover, money, limits, store, gateway } = SECTIONS;
  const cells = {
    requests: sums(traffic.requests, operation, chain, code, stream),
    duration: times(traffic.duration, operation, chain, stream),
    firstToken: times(traffic.firstToken, chain, target),
    overhead: times(traffic.overhead, operation),
    queueWait: times(traffic.queueWait, chain),
    attempts: sums(failover.attempts, target, labels.outcome),
    attemptFirstToken: times(failover.attemptFirstToken, target),
    skips: sums(failover.skips, target, labels.skipReason),
    failovers: sums(failover.failovers, chain, target),
    failover: times(failover.failover, chain),
    hedges: sums(failover.hedges, chain, labels.hedgeResult),
    tokens: sums(money.tokens, target, labels.tokenKind, labels.usageSource),
    cost: dollars(money.cost, chain, target),
    costUnknown: sums(money.costUnknown, chain, target),
    wasted: sums(money.wasted, target, labels.wasteReason),
    keyRequests: sums(money.keyRequests, key),
    keyCost: dollars(money.keyCost, key),
    refusals: sums(limits.refusals, labels.refusalScope, labels.refusalKind),
    storeWrite: times(store.storeWrite),
    storeErrors: sums(store.storeErrors, labels.storeProblem),
    authFailures: sums(store.authFailures, labels.authFailure),
    rawFaceHidden: sums(gateway.rawFaceHidden),
  };
  return { labels, cells };
}
