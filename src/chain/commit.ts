import type { CommitGate } from '../attempt/answer.ts';
import type { AnswerCheck } from '../domain/answer-check.ts';
import type { CommitPolicy } from '../domain/chain.ts';

const GATES: Readonly<Record<CommitPolicy, CommitGate>> = Object.freeze({
  'first-token': { onHead: false, onEvent: ({ token }) => token },
  'first-event': { onHead: false, onEvent: ({ show }) => show },
  headers: { onHead: true, onEvent: () => true },
});

/** Only the end of a stream opens it. */
const AT_END: CommitGate = Object.freeze({ onHead: false, onEvent: () => false });

/** The gate of a commit policy. A stream whose answer is checked commits when it is complete, under every policy. Stateless. */
export function commitGate(policy: CommitPolicy, check?: AnswerCheck): CommitGate {
  return check === undefined ? GATES[policy] : AT_END;
}
