import type { PictureStep } from './picture.ts';

interface CutWords {
  /** Below the name. */
  readonly fate: string;
  /** Beside the mark. */
  readonly label: string;
  readonly clause: string;
}

/** What ends attempts that had neither answered nor failed. */
export const CUTS: Readonly<Record<NonNullable<PictureStep['cutBy']>, CutWords>> = {
  hedge: {
    fate: 'too late',
    label: 'another attempt answered first',
    clause: 'was cancelled, because another attempt answered first',
  },
  client: {
    fate: 'client closed',
    label: 'the client disconnected',
    clause: 'was cancelled, because the client disconnected',
  },
  deadline: { fate: 'deadline', label: 'the deadline had passed', clause: 'had not answered by the deadline' },
};
