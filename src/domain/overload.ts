/**
 * How much a process has to do: 0 as much as it can; 1 its event loop is late, so that nothing extra is sent; 2 it is very late, or its heap is nearly full, so that
 * requests of low priority are refused; 3 as many requests run as may run at once.
 */
export type OverloadLevel = 0 | 1 | 2 | 3;

/** Why a request was refused at its head: all places are taken, its key has a low priority, or its principal has half of the places. */
export const OVERLOAD_REASONS = ['max_requests', 'priority', 'share'] as const;

/** One of these. */
export type OverloadReason = (typeof OVERLOAD_REASONS)[number];

/** Whether a key's new requests are refused first while the process is overloaded. */
export const PRIORITIES = ['normal', 'low'] as const;

/** One of these. */
export type Priority = (typeof PRIORITIES)[number];
