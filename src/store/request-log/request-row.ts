import type { Door } from '../../domain/door.ts';
import type { OutcomeKind } from '../../domain/outcome.ts';
import type { TrailStep } from '../../domain/trail.ts';
import type { Cost, UsageSource } from '../../domain/usage.ts';

/** One line of a request's trail, as it is stored. Absent members are unknown. Times in milliseconds. */
export interface LoggedStep {
  readonly provider: string;
  readonly model: string;
  /** Which of the provider's keys, counted from 1. */
  readonly key?: number | undefined;
  readonly outcome: OutcomeKind;
  readonly reason?: TrailStep['reason'];
  readonly hedge?: true | undefined;
  readonly status?: number | undefined;
  /** The provider's words; only where `log.vendorMessages` is set. */
  readonly message?: string | undefined;
  /** Since the accept. */
  readonly started_ms?: number | undefined;
  readonly connected_ms?: number | undefined;
  readonly first_token_ms?: number | undefined;
  readonly duration_ms?: number | undefined;
  readonly input_tokens?: number | undefined;
  readonly output_tokens?: number | undefined;
  readonly cost_nano?: number | undefined;
}

/** The seven counts of tokens; an absent one is unknown. */
export interface TokenCounts {
  readonly input: number | undefined;
  readonly cachedInput: number | undefined;
  readonly cacheWrite: number | undefined;
  readonly audioInput: number | undefined;
  readonly output: number | undefined;
  readonly reasoning: number | undefined;
  readonly audioOutput: number | undefined;
}

/** One row of the request log: a request that has ended. It holds nothing of a prompt or an answer. Times in milliseconds, sizes in bytes. */
export interface RequestRow {
  /** Holds the time of the end; see `createTimeIds`. */
  readonly id: bigint;
  /** The gateway's own id of the request. */
  readonly requestId: string;
  /** The client's own id, which several requests may share. */
  readonly clientRequestId: string | undefined;
  /** Since the epoch. */
  readonly acceptedAt: number;
  readonly keyId: string;
  /** Empty without one. */
  readonly tenant: string;
  /** The end user that the request names, in the form in which it is stored. */
  readonly user: string | undefined;
  readonly tags: readonly string[];
  readonly door: Door;
  readonly operation: string;
  readonly stream: boolean;
  readonly requestedModel: string | undefined;
  readonly chain: string | undefined;
  readonly provider: string | undefined;
  readonly model: string | undefined;
  readonly status: number;
  readonly code: string;
  /** Number of attempts that were sent. */
  readonly attempts: number;
  readonly queuedMs: number;
  readonly committedMs: number | undefined;
  readonly overheadMs: number | undefined;
  readonly totalMs: number;
  readonly tokens: TokenCounts | undefined;
  readonly usageSource: UsageSource;
  /** Billionths of a US dollar; undefined where it is unknown. */
  readonly costNano: number | undefined;
  readonly costSource: Cost['source'];
  readonly approximate: boolean;
  readonly inputBytes: number | undefined;
  readonly outputBytes: number | undefined;
  /** The client's address. */
  readonly remote: string | undefined;
  readonly traceId: string | undefined;
  readonly trail: readonly LoggedStep[];
  /** How many steps of the trail are left out, because it is too long. */
  readonly omittedSteps: number;
}

/** Code of a request without an error. It is the first name of every store, because an index leaves its rows out. */
export const OK_CODE = 'ok';
/** Number of the name of that code. */
export const OK_NAME = 1;
