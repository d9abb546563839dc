import type { WindowName } from '../domain/limits.ts';
import type { Mark } from './window-corrections.ts';

/** One attempt that a counter counts, until it is over. */
export interface CountedAttempt {
  readonly order: number;
  /** How far a ledger that several processes share had counted when the attempt was sent; absent where none was asked. */
  sharedMarks?: Marks | undefined;
}

/** How far windows had counted when an attempt was sent. */
export type Marks = Readonly<Partial<Record<WindowName, Mark>>>;
