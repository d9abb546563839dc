import { createHash } from 'node:crypto';
import type { Call } from '../domain/call.ts';
import { GatewayError } from '../domain/errors.ts';
import { MAX_IDEMPOTENCY_KEY } from '../domain/run.ts';
import type { FoundRun } from './found-run.ts';
import type { RunClaim } from './shared-runs.ts';

/** The name of a client's idempotency key among those of all clients; undefined without one. Throws `invalid_request` for one of a wrong length. */
export function keyOf(owner: string, key: string | undefined): string | undefined {
  if (key === undefined) return undefined;
  if (key !== '' && key.length <= MAX_IDEMPOTENCY_KEY) return JSON.stringify([owner, key]);
  throw new GatewayError('invalid_request', {
    message: `The idempotency key must have 1 to ${MAX_IDEMPOTENCY_KEY} characters.`,
    param: 'idempotencyKey',
  });
}

/** The run of an idempotency key. Throws `idempotency_conflict` where it belongs to other content. */
export function requireEqual(digest: string | undefined, claim: RunClaim, run: FoundRun): FoundRun {
  if (digest === claim.digest) return run;
  throw new GatewayError('idempotency_conflict', {
    message: 'This idempotency key belongs to a run with other content; send another key.',
  });
}

/** A digest of what a request sends. */
export function digestOf({ operation, body }: Call): string {
  const hash = createHash('sha256').update(operation.name).update('\0').update(body.bytes);
  return hash.digest('base64');
}
