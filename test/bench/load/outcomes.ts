/** The ways in which the upstream of the mixed load fails. */
const FAILURES = ['500', '503', '429', 'reset', 'html', 'cut'] as const;
const ANSWER = 'answer';

/** The scripted outcome at each of a chain's two entries: a failure, or `answer`. */
export interface Outcomes {
  /** The request's `user`, from which the upstream reads the outcomes. */
  readonly user: string;
  /** Whether an entry will cool down, which must not affect other requests. */
  readonly cools: boolean;
  /** Whether both entries fail, which is the only failure that a client may get. */
  readonly bothFail: boolean;
}

/** Draws the outcomes of two entries. `share`: probability of a failure, for each. */
export function drawOutcomes(share: number): Outcomes {
  const outcomes = [0, 1].map(() =>
    Math.random() < share ? FAILURES[Math.floor(Math.random() * FAILURES.length)] : ANSWER,
  );
  return {
    user: outcomes.join('-'),
    cools: outcomes.includes('429'),
    bothFail: outcomes.every((each) => each !== ANSWER),
  };
}

/** The scripted failure of an entry, the first being 0; undefined if it answers. */
export function failureAt(user: string, entry: 0 | 1): string | undefined {
  const outcome = user.split('-')[entry];
  return outcome === ANSWER ? undefined : outcome;
}
