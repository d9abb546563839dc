import type { RequestStep } from 'spillway/client';

/** What became of an attempt, or of an entry: what its colour says. */
export type Fate = 'answered' | 'failed' | 'lost' | 'skipped' | 'running';

/** An attempt or a skipped entry. Times in milliseconds since the request was accepted. */
export interface PictureStep {
  /** Number of its entry, counted from 1 in the order in which entries were tried or skipped; null behind steps that are left out. */
  readonly entry: number | null;
  readonly provider: string;
  readonly model: string;
  /** Number of the provider's key; null without a pool of keys. */
  readonly key: number | null;
  readonly fate: Fate;
  /** Null while it runs. */
  readonly outcome: RequestStep['outcome'] | null;
  readonly reason: RequestStep['reason'];
  readonly status: number | null;
  /** The provider's words. */
  readonly message: string | null;
  readonly hedge: boolean;
  /** What has ended an attempt that had neither answered nor failed; null for any other. */
  readonly cutBy: 'hedge' | 'client' | 'deadline' | null;
  /** Its start; for a skipped entry when it was skipped. */
  readonly from: number;
  /** When its request was on a connection; null where that is unknown. */
  readonly connected: number | null;
  /** Its end: the end of the answer where it has answered. */
  readonly to: number;
  readonly inputTokens: number | null;
  readonly outputTokens: number | null;
  readonly costUsd: number | null;
}

/** A request as the waterfall shows it. Times in milliseconds since it was accepted. */
export interface Picture {
  readonly steps: readonly PictureStep[];
  /** Steps that are left out before the last one. */
  readonly omitted: number;
  readonly stream: boolean;
  /** How long it has waited in the queue of its chain. */
  readonly queued: number;
  /** When an answer became the answer; null without one. */
  readonly committed: number | null;
  /** Its end; the present while it runs. */
  readonly total: number;
  /** How it ended; null while it runs. */
  readonly end: { readonly code: string; readonly status: number } | null;
}

/** The step that answered. */
export function answeredStep({ steps }: Pick<Picture, 'steps'>): PictureStep | undefined {
  return steps.find(({ fate }) => fate === 'answered');
}

/** How an answer that was already sent in part ended: in full, by a failure, by the client, or not yet. Undefined without a commit. */
export type AnswerEnd = 'whole' | 'failed' | 'cut' | 'open' | undefined;

/** How the answer of a request ended. */
export function answerEnd({ committed, end }: Picture): AnswerEnd {
  if (committed === null) return undefined;
  if (end === null) return 'open';
  if (end.code === 'ok') return 'whole';
  return isCancelled(end) ? 'cut' : 'failed';
}

/** Whether a request was ended from the client's side: by its disconnect, or with its run. */
export function isCancelled({ code }: { readonly code: string }): boolean {
  return code === 'client_closed' || code === 'run_cancelled';
}
