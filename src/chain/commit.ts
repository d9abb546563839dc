import type { CommitGate } from '../attempt/answer.ts';
import type { CommitPolicy } from '../domain/chain.ts';

const GATES: Readonly<Record<CommitPolicy, CommitGate>> = Object.freeze({
  'first-token': { onHead: false, onEvent: ({ token }) => token },
  'first-event': { onHead: false, onEvent: ({ show }) => show },
  headers: { onHead: true, onEvent: () => true },
});

/** When a stream becomes the answer under a policy. Stateless. */
export function commitGate(policy: CommitPolicy): CommitGate {
  return GATES[policy];
}
