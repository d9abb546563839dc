/** The ways in which the upstream of the mixed load fails. */
const WAYS = ['500', '503', '429', 'reset', 'html', 'cut'] as const;
const WHOLE = 'whole';

/** What happens at each of a chain's two entries, should it be asked: a way of failing, or `whole`. */
export interface Fates {
  /** As the request's `user` tells it to the upstream. */
  readonly user: string;
  /** Whether an entry is to cool down, which others must not meet. */
  readonly cools: boolean;
  /** Whether no entry answers, which is the one failure that a caller may see. */
  readonly bothFail: boolean;
}

/** Draws what happens at two entries, each of which fails with so great a share. */
export function drawFates(share: number): Fates {
  const fates = [0, 1].map(() => (Math.random() < share ? WAYS[Math.floor(Math.random() * WAYS.length)] : WHOLE));
  return { user: fates.join('-'), cools: fates.includes('429'), bothFail: fates.every((fate) => fate !== WHOLE) };
}

/** How an entry fails, the first being 0; undefined when it does not. */
export function wayOf(user: string, entry: 0 | 1): string | undefined {
  const fate = user.split('-')[entry];
  return fate === WHOLE ? undefined : fate;
}
