import { type KnownCaller, knownCallerOf } from '../domain/caller-identity.ts';
import { GatewayError } from '../domain/errors.ts';
import type { Emit } from '../domain/events.ts';
import type { RequestScope } from '../domain/scope.ts';
import type { AbortScope } from '../lib/abort.ts';
import type { DoorRequest, Identify } from './request.ts';

/** The request whose client is identified. */
interface Identified {
  readonly scope: RequestScope;
  readonly abort: AbortScope;
  readonly emit: Emit;
}

/**
 * Identifies the client of a request by the application's own function, and applies its tags and its signal. Rejects with the GatewayError that
 * the function throws. Anything else that it throws, and an identity that is not valid, rejects with `internal_error` and is reported in an
 * `identity_failed`: the client sees nothing of it.
 */
export async function identifyBy(
  identify: Identify,
  { scope, abort, emit }: Identified,
): Promise<KnownCaller | undefined> {
  try {
    const identity = await identify();
    if (identity === undefined || identity === null) return undefined;
    const known = knownCallerOf(identity);
    if (known.tags.length > 0) scope.report.tags = [...known.tags, ...scope.report.tags];
    if (known.signal !== undefined) abort.follow(known.signal);
    return known;
  } catch (thrown) {
    if (thrown instanceof GatewayError) throw thrown;
    const { id: requestId, clientRequestId } = scope;
    emit({ kind: 'identity_failed', requestId, clientRequestId, problem: problemOf(thrown, scope) });
    throw new GatewayError('internal_error', { message: 'The gateway failed while answering.', cause: thrown });
  }
}

/** The longest description of a failure, in characters. */
const MAX_PROBLEM_CHARS = 4096;

function problemOf(thrown: unknown, { snapshot }: RequestScope): string {
  const text = thrown instanceof Error ? (thrown.stack ?? thrown.message) : describe(thrown);
  return snapshot.redact(text).slice(0, MAX_PROBLEM_CHARS);
}

/** A thrown value that is no error may not even be printable. */
function describe(thrown: unknown): string {
  try {
    return String(thrown);
  } catch {
    return typeof thrown;
  }
}

/**
 * Lets a request through its public mount: the same request, with the principal that the application's function has identified. Rejects with
 * `invalid_api_key` where neither that function nor any key can identify a client: a gateway without keys is open to local clients of its own
 * listener only. Otherwise rejects as `identifyBy`.
 */
export async function passMount(request: DoorRequest, scope: RequestScope, emit: Emit): Promise<DoorRequest> {
  const { mount, abort } = request;
  if (mount === undefined) return request;
  const known = mount.identify && (await identifyBy(mount.identify, { scope, abort, emit }));
  if (known !== undefined) return { ...request, principal: known.principal, signal: known.signal };
  if (scope.snapshot.auth.keyless) throw new GatewayError('invalid_api_key', { message: NO_KEYS });
  return request;
}

const NO_KEYS =
  'This mount of the gateway lets no request in: configure keys (`auth.keys`), or identify callers with the mount’s `principal` function.';
