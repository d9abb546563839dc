import type { Chain, Entry, Target } from '../../domain/chain.ts';
import type { Obstacle } from '../../state/limit-state.ts';
import { candidateOf, type Facts, type Planned, type PlannedState, type Standing } from './planned.ts';
import { byPolicy } from './policies.ts';
import { reasonOf } from './reasons.ts';

/**
 * Puts a chain's targets in the order of trying: the entries by the chain's policy, the keys of each by the room they have, and what keeps
 * failing behind all others where the chain asks that at all. Every target is in it once. Pure.
 */
export function plan(chain: Chain, facts: Facts): readonly Planned[] {
  const standings = chain.entries.map((entry) => standingOf(chain, entry, facts));
  const planned = byPolicy(chain.policy, standings, facts).flatMap(({ standing, why }) =>
    standing.targets.map(({ entry, target, candidate, state, obstacle, lack }): Planned => {
      const reason = reasonOf({ state, obstacle, lack }, why, facts.now);
      return { entry, target, candidate, state, obstacle, lack, reason };
    }),
  );
  const later = planned.filter(({ state }) => state === 'last_resort');
  if (later.length === 0) return planned;
  return [
    ...planned.filter(({ state }) => state !== 'last_resort'),
    ...later.toSorted((a, b) => reopensAt(a) - reopensAt(b)),
  ];
}

function standingOf(chain: Chain, entry: Entry, facts: Facts): Standing {
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

/** Most room first; equal ones in an order by chance, so that they share the load. */
function spread(targets: Entry['targets'], facts: Facts): readonly Target[] {
  if (targets.length === 1) return targets;
  return targets
    .map((target) => ({ target, room: facts.room(target), chance: facts.random() }))
    .toSorted((a, b) => b.room - a.room || a.chance - b.chance)
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

/** The largest number and not infinity, which is no order between two of it. */
function reopensAt({ obstacle }: Planned): number {
  return (obstacle?.kind === 'breaker_open' ? obstacle.retryAt : undefined) ?? Number.MAX_VALUE;
}
