import type { Door } from './scope.ts';
import type { TrailStep } from './trail.ts';
import type { Usage, UsageSource } from './usage.ts';

/** The terminal event: exactly one per request, in every ending. */
export interface RequestFinished {
  readonly kind: 'request_finished';
  readonly requestId: string;
  readonly door: Door;
  readonly principal: string;
  /** The caller's address; undefined in process. */
  readonly remoteAddress: string | undefined;
  readonly operation: string;
  readonly chain: string | undefined;
  readonly provider: string | undefined;
  readonly model: string | undefined;
  readonly status: number;
  /** `ok`, or the code of the error; `client_closed` is no error. */
  readonly code: string;
  readonly usage: Usage | undefined;
  readonly usageSource: UsageSource;
  readonly trail: readonly TrailStep[];
  /** Accept to commit, in milliseconds; undefined when nothing was committed. */
  readonly committedMs: number | undefined;
  /** Accept to end, in milliseconds. */
  readonly totalMs: number;
}

/** An attempt came to its outcome. */
export interface AttemptFinished {
  readonly kind: 'attempt_finished';
  readonly requestId: string;
  readonly step: TrailStep;
}

/** A stream was served, but by its slow face: something wrapped it and hid the bytes. A defect to be counted, never a failure. */
export interface RawFaceHidden {
  readonly kind: 'raw_face_hidden';
  readonly requestId: string;
  readonly operation: string;
}

/** What the gateway tells its listeners; nobody inside waits for them. */
export type GatewayEvent = RequestFinished | AttemptFinished | RawFaceHidden;

/** Hands an event to whoever listens. Must not throw and must not wait. */
export type Emit = (event: GatewayEvent) => void;
