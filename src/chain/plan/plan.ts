import type { Chain, Entry, Target } from '../../domain/chain.ts';
import { allowsEntry } from '../../domain/pattern.ts';
import type { RequestScope } from '../../domain/scope.ts';
import type { Reservation } from '../../limits/admission.ts';
import type { Candidate, Obstacle } from '../../state/limit-state.ts';
import type { Needs } from '../../domain/needs.ts';
import { createLack, type Lack } from '../../targets/lack.ts';
import { needsAt } from '../../targets/needs-at.ts';
import { roomOf } from '../../targets/room.ts';
import type { ChainRequest, PlanTools } from '../tools.ts';
import { candidateOf, type EntryTargets, type Facts, type Load, type Planned, type PlannedState } from './planned.ts';
import { orderByPolicy } from './policies.ts';
import { reasonOf } from './reasons.ts';
import { modelCheck } from './same-model.ts';

type PlanRequest = Pick<ChainRequest, 'chain' | 'call' | 'needs'> & {
  readonly scope: Pick<RequestScope, 'principal'>;
  readonly admitted: Pick<Reservation, 'excludes'>;
};

/** The plan for one request as things stand now. Sends nothing and reserves nothing. */
export function planFor(tools: PlanTools, request: PlanRequest): readonly Planned[] {
  return plan(request.chain, new CurrentFacts(tools, request));
}

/**
 * Orders a chain's targets: the entries by the chain's policy, the keys of each by their free room. Behind all others are targets that
 * refuse what others answer, and behind these targets with an open breaker, where the chain tries them at all. Every target occurs once. Pure.
 */
export function plan(chain: Chain, facts: Facts): readonly Planned[] {
  const placed = (chain.parts ?? [chain]).flatMap(({ policy, entries }) =>
    orderByPolicy(
      policy,
      entries.map((entry) => targetsOf(chain, entry, facts)),
      facts,
    ),
  );
  const planned = placed.flatMap(({ entry: { targets }, why }) =>
    targets.map(({ entry, target, candidate, state, obstacle, lack }): Planned => {
      const reason = reasonOf({ state, obstacle, lack }, why, facts.now);
      return { entry, target, candidate, state, obstacle, lack, reason };
    }),
  );
  const refusing = planned.filter(({ state, target }) => state !== 'last_resort' && facts.refuses(target));
  const failing = planned.filter(({ state }) => state === 'last_resort');
  if (failing.length === 0 && refusing.length === 0) return planned;
  return [
    ...planned.filter((each) => each.state !== 'last_resort' && !refusing.includes(each)),
    ...refusing.map((each): Planned => (each.state === 'try' ? { ...each, reason: REFUSES } : each)),
    ...failing.toSorted((a, b) => breakerRetryAt(a) - breakerRetryAt(b)),
  ];
}
const NOT_ALLOWED: Lack = Object.freeze({ ...createLack('the key', undefined), reason: 'not_allowed' as const });
const REFUSES = 'Last, because it has refused many requests in a row that other entries answered.';

function targetsOf(chain: Chain, entry: Entry, facts: Facts): EntryTargets {
  const targets = spread(entry.targets, facts).map((target) => {
    const tokens = facts.tokensOf(target);
    const candidate = candidateOf(entry, { target, tokens, minimumTokens: facts.minimumTokensOf(target) });
    const lack = facts.lackOf(target);
    if (lack !== undefined) return { entry, target, candidate, lack, state: 'skip' } as const;
    const obstacle = facts.look(candidate);
    return { entry, target, candidate, obstacle, state: stateOf(chain, obstacle) };
  });
  return { entry, targets };
}

/** Most room first; equal ones in random order, so that they share the load. */
function spread(targets: Entry['targets'], facts: Facts): readonly Target[] {
  if (targets.length === 1) return targets;
  return targets
    .map((target) => ({ target, room: facts.room(target), order: facts.random() }))
    .toSorted((a, b) => b.room - a.room || a.order - b.order)
    .map(({ target }) => target);
}

function stateOf({ lastResort }: Chain, obstacle: Obstacle | undefined): PlannedState {
  switch (obstacle?.kind) {
    case undefined:
      return 'try';
    case 'cooling_down':
    case 'limited':
      return 'wait';
    case 'breaker_open':
      return lastResort ? 'last_resort' : 'wait';
    case 'too_large':
      return 'skip';
  }
}

/** The largest number rather than infinity: the difference of two infinities is no order. */
function breakerRetryAt({ obstacle }: Planned): number {
  return (obstacle?.kind === 'breaker_open' ? obstacle.retryAt : undefined) ?? Number.MAX_VALUE;
}

class CurrentFacts implements Facts {
  readonly now: number;
  readonly #tools: PlanTools;
  readonly #request: PlanRequest;
  readonly #lackOfModel: (model: string) => Lack | undefined;
  /** By parameters: the keys of an entry share them. */
  readonly #needs = new Map<Target['parameters'], Needs>();

  constructor(tools: PlanTools, request: PlanRequest) {
    this.now = tools.clock.now();
    this.#tools = tools;
    this.#request = request;
    this.#lackOfModel = modelCheck(request.chain, request.call.operation);
  }

  random(): number {
    return this.#tools.random();
  }

  look(candidate: Candidate): Obstacle | undefined {
    return this.#tools.state.look(candidate);
  }

  tokensOf(target: Target): number {
    return this.#tools.demands.tokensOf(target, this.#needsAt(target));
  }

  minimumTokensOf(target: Target): number {
    return this.#tools.demands.minimumTokensOf(target, this.#needsAt(target));
  }

  lackOf(target: Target): Lack | undefined {
    return (
      this.#lackOfRight(target) ??
      this.#request.admitted.excludes?.(target) ??
      this.#lackOfModel(target.model) ??
      this.#lackOfDialect(target) ??
      this.#tools.profiles.lackOf(target, this.#needsAt(target), this.now)
    );
  }

  expectedMs(target: Target): number | undefined {
    const { speeds } = this.#tools;
    return this.#request.call.stream ? speeds.firstTokenMs(target) : speeds.answerMs(target);
  }

  priceOf(target: Target): number | undefined {
    return this.#tools.prices.of(target, this.#needsAt(target), this.now);
  }

  refuses(target: Target): boolean {
    return this.#tools.refusingEntries.isLast(target, this.now);
  }

  load(target: Target): Load {
    return this.#tools.state.status(target).concurrency;
  }

  room(target: Target): number {
    return roomOf(target, this.#tools.state);
  }

  #lackOfRight(target: Target): Lack | undefined {
    return allowsEntry(this.#request.scope.principal.models, target) ? undefined : NOT_ALLOWED;
  }

  /** An operation that the dialect does not have, so that no wait for the target helps. */
  #lackOfDialect({ dialect }: Target): Lack | undefined {
    const { lacks } = this.#tools.codecOf(this.#request.call.operation, dialect);
    return lacks === undefined ? undefined : createLack(lacks, undefined);
  }

  #needsAt(target: Target): Needs {
    const { call, needs } = this.#request;
    const { parameters } = target;
    if (parameters === undefined) return needs;
    const own = this.#needs.get(parameters) ?? needsAt(target, call, needs);
    this.#needs.set(parameters, own);
    return own;
  }
}
