import type { CommitGate } from '../attempt/answer.ts';
import type { CommitPolicy } from '../domain/chain.ts';

const GATES: Readonly<Record<CommitPolicy, CommitGate>> = Object.freeze({
  'first-token': { onHead: false, onEvent: ({ token }) => token },
  'first-event': { onHead: false, onEvent: ({ show }) => show },
  headers: { onHead: true, onEvent: () => true },
});

/** The gate of a commit policy. Stateless. */
export function commitGate(policy: CommitPolicy): CommitGate {
  return GATES[policy];
}
