import { useSyncExternalStore } from 'react';
import { LiveStore } from './live-store.ts';
import type { LiveSnapshot } from './live-snapshot.ts';

const store = new LiveStore();

/** Forgets the requests that have ended, as rows of the request log are deleted. */
export function forgetEnded(): void {
  store.forgetEnded();
}

/**
 * A part of what the gateway does now, from the tab's one subscription. The selector must return the same value for the same snapshot: one of
 * its members, or something primitive.
 */
export function useLive<Part>(select: (snapshot: LiveSnapshot) => Part): Part {
  return useSyncExternalStore(store.subscribe, () => select(store.getSnapshot()));
}
