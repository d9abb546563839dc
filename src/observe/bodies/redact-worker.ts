// Entry point of the worker that redacts bodies: the patterns of an operator may take any time.
import { parentPort } from 'node:worker_threads';
import { zstdCompressSync } from 'node:zlib';
import type { RedactionRules } from '../../domain/body-rules.ts';
import type { PackedBodies, RedactCall, RedactReply, TakenBodies } from './redact-protocol.ts';
import { type BodyFacts, redactBody, type TakenBody } from './redact-body.ts';
import { type BodyRedactor, createRedactors } from './redactor.ts';

let rules: RedactionRules | undefined;
let makeRedactor: (() => BodyRedactor) | undefined;

function pack({ request, answer }: TakenBodies): PackedBodies {
  const facts: { request?: BodyFacts; answer?: BodyFacts } = {};
  const packed = { request: packOne(request, 'request', facts), answer: packOne(answer, 'answer', facts) };
  return { ...packed, facts: JSON.stringify(facts) };
}

function packOne(
  body: TakenBody | undefined,
  side: keyof TakenBodies,
  facts: { request?: BodyFacts; answer?: BodyFacts },
): Uint8Array | null {
  if (body === undefined || rules === undefined || makeRedactor === undefined) return null;
  const { text, ...known } = redactBody(body, makeRedactor(), rules);
  facts[side] = known;
  // A copy of its own: a pooled buffer would be posted with all that is beside it.
  return new Uint8Array(zstdCompressSync(text));
}

function post(reply: RedactReply): void {
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a worker's port has no origin
  parentPort?.postMessage(reply);
}

parentPort?.on('message', (call: RedactCall) => {
  if (call.kind === 'rules') {
    rules = call.rules;
    makeRedactor = createRedactors(call.rules);
    return;
  }
  try {
    post({ kind: 'packed', bodies: pack(call.bodies) });
  } catch {
    // Its message may quote the body.
    post({ kind: 'failed' });
  }
});
post({ kind: 'ready' });
