import type { AttemptOutcome } from '../domain/outcome.ts';
import { LabelBound } from './label-bound.ts';

/**
 * How many attempts at one model have ended in one way, in requests that ended in one UTC hour. The number is added to its row. Labels have no control
 * characters.
 */
export interface AttemptCell {
  /** Hours since the epoch. */
  readonly hour: number;
  readonly provider: string;
  readonly model: string;
  readonly outcome: AttemptOutcome;
  readonly attempts: number;
}

/** Which attempts are read. */
export interface AttemptsQuery {
  /** Hours since the epoch: from the first, up to and without the last. */
  readonly from: number;
  readonly to: number;
  readonly provider?: string | undefined;
  readonly model?: string | undefined;
  /** Only attempts at one of these models, of which there is at least one. */
  readonly among?: readonly (readonly [provider: string, model: string])[] | undefined;
  readonly limit: number;
}

/** Most cells of one UTC hour with all their labels, and further ones for each label that is given up. */
const MOST_CELLS = 2000;
const MORE_CELLS = 500;

/** Bounds the labels of one process's attempts, as `HourLabelBound` does those of requests. The outcome is never given up. */
export class AttemptLabelBound extends LabelBound<AttemptCell, 'model' | 'provider'> {
  constructor() {
    super({
      givenUp: ['model', 'provider'],
      mostCells: MOST_CELLS,
      moreCells: MORE_CELLS,
      timeOf: ({ hour }) => hour,
      nameOf: attemptCellName,
    });
  }
}

/** The name of a cell. Its labels have no line breaks. */
export function attemptCellName({ hour, provider, model, outcome }: AttemptCell): string {
  return `${hour}\n${provider}\n${model}\n${outcome}`;
}
