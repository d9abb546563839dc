import type { Steps } from '../lib/steps.ts';

/** A check that a request wants its answer to pass before it is delivered. Immutable; one check serves all attempts. */
export interface AnswerCheck {
  /** How many further entries are tried after answers that fail. */
  readonly attempts: number;
  /** What is wrong with a whole answer in the form of the operation's API; undefined where nothing is. The text holds no part of the answer. */
  problemOf(answer: object): Steps<string | undefined>;
}
