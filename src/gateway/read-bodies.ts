import { promisify } from 'node:util';
import { zstdDecompress } from 'node:zlib';
import { auditOf } from '../accounts/actor.ts';
import { GatewayError } from '../domain/errors.ts';
import type { KeptBody, RequestBodies } from '../domain/kept-bodies.ts';
import type { RequestScope } from '../domain/scope.ts';
import type { Clock } from '../lib/clock.ts';
import { idText } from '../lib/time-ids.ts';
import type { BodyLog } from '../observe/bodies/body-log.ts';
import type { BodyFacts } from '../observe/bodies/redact-body.ts';
import { actorOf } from '../router/actor-of.ts';
import { fromStore } from '../store/from-store.ts';
import { findRow, type RequestStores } from './list-requests.ts';

/** How long bodies that wait may take to be written first, in milliseconds. */
const FLUSH_MS = 1000;
/** More than a body can have. */
const MAX_BYTES = 2 * 1024 * 1024;

const decompress = promisify(zstdDecompress);

/** What the reading of bodies works with. */
export interface BodyReading extends RequestStores {
  readonly bodies: Pick<BodyLog, 'flush'>;
  readonly clock: Clock;
}

/**
 * The bodies of a request that a principal may see, by the ids that `retrieve` takes. The audit entry of the reading is written first. Rejects with `forbidden`
 * without the right to read bodies, `not_found` where none are kept, or `store_unavailable`; then nothing was read.
 */
export async function readBodies(tools: BodyReading, scope: RequestScope, id: string): Promise<RequestBodies> {
  if (scope.principal.bodies !== true)
    throw new GatewayError('forbidden', { message: 'This call needs a key with `bodies: true`.' });
  const row = await findRow(tools, scope.principal, id);
  await tools.bodies.flush(FLUSH_MS);
  const target = idText(row.id);
  const deed = { action: 'requests.body', target, tenant: row.tenant, before: undefined, after: undefined };
  const audit = auditOf(actorOf(scope), deed, Math.floor(tools.clock.now()));
  const found = await fromStore(tools.store.requestLog.readBody(row.id, audit));
  if (found === undefined)
    throw new GatewayError('not_found', { message: 'No bodies of this request are kept.', param: 'id' });
  const facts: Partial<Record<'request' | 'answer', BodyFacts>> = JSON.parse(found.facts);
  return {
    object: 'request.body',
    id: target,
    request_id: row.requestId,
    request: await keptBody(found.request, facts.request),
    answer: await keptBody(found.answer, facts.answer),
  };
}

async function keptBody(packed: Uint8Array | null, facts: BodyFacts | undefined): Promise<KeptBody | null> {
  if (packed === null || facts === undefined) return null;
  const text = await decompress(packed, { maxOutputLength: MAX_BYTES });
  const { format, size, cut, redactions } = facts;
  return { format, text: text.toString('utf8'), bytes: size, cut, redactions };
}
