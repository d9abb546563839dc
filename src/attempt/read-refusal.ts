import type { Codec } from '../dialects/codec.ts';
import type { Call } from '../domain/call.ts';
import type { Reading } from '../domain/reading.ts';
import type { ReadOptions } from '../refusals/read-options.ts';
import type { AttemptOptions, AttemptTools } from './attempt-context.ts';
import { isEchoed } from './is-echoed.ts';

/** The request that was refused, and the clock. */
interface Refused {
  readonly tools: Pick<AttemptTools, 'clock'>;
  readonly options: Pick<AttemptOptions, 'call' | 'target'>;
  readonly codec: Pick<Codec, 'translate'>;
}

/** Statuses that blame the request. Without its text such a refusal concerns nothing but the request. */
const BLAMES_REQUEST: ReadonlySet<number> = new Set([400, 403, 404, 413, 422]);

/**
 * Reads a provider's error with `read`. Providers echo prompts in error messages. When the text that decided the class also occurs in the
 * request, and the reading would take a target out of service or teach something, the error is classified by status, headers and codes only,
 * so that one client cannot cool down an entry for all. A request that is found to be wrong then affects itself only.
 */
export function readRefusal(refused: Refused, read: (options: ReadOptions) => Reading): Reading {
  const reading = classified(refused, read);
  return refused.codec.translate === undefined ? reading : inTermsOfClient(reading, refused.options.call);
}

/** A refusal in another API than the client's: its type says nothing there, and its parameter only where the client's API has such a field. */
function inTermsOfClient(reading: Reading, { operation }: Call): Reading {
  const { param } = reading.error;
  const isKnown = param !== null && operation.hasField(param.split(/[.[]/, 1)[0] ?? '');
  return { ...reading, error: { ...reading.error, type: null, param: isKnown ? param : null } };
}

function classified({ tools, options }: Refused, read: (options: ReadOptions) => Reading): Reading {
  const { rules, refusals } = options.target;
  const readOptions: ReadOptions = { rules, refusals, now: tools.clock.now() };
  const reading = read(readOptions);
  if (lacksOperation(reading, options.call))
    return { ...reading, class: 'bad_request', scope: 'request', retryAt: undefined };
  if (isClientsMistake(reading, options.call)) return { ...reading, class: 'invalid_request' };
  if (!hasEffect(reading) || !isEchoed(reading.matchedText, options.call.body)) return reading;
  const withoutText = read({ ...readOptions, ignoreText: true });
  // A refusal that concerns this request only affects no other request.
  if (reading.scope === 'request')
    return { ...withoutText, class: reading.class, scope: 'request', retryAt: undefined };
  if (!BLAMES_REQUEST.has(reading.status)) return withoutText;
  return { ...withoutText, class: 'bad_request', scope: 'request', retryAt: undefined, window: undefined };
}

/** Statuses for a path or a method that a server does not have. */
const LACKS_PATH: ReadonlySet<number> = new Set([404, 405, 501]);

/** Whether the reply says that the provider lacks the operation's path. That concerns neither the model nor the key. */
function lacksOperation({ status }: Reading, { operation }: Call): boolean {
  return operation.optional === true && LACKS_PATH.has(status);
}

/**
 * Whether a refusal is certainly the client's mistake: the provider names a field, and by the API's own schema that field is wrong. The
 * provider's words alone are never certain: "must be a string" may mean that this model takes no images.
 */
function isClientsMistake({ class: kind, status, namedFields = [] }: Reading, { operation, body }: Call): boolean {
  return kind === 'bad_request' && status < 500 && operation.hasWrongField(body, namedFields);
}

/** Whether the reading affects other requests. */
function hasEffect({ scope, learned, refusedParameter, missingCapability, observed }: Reading): boolean {
  return scope !== 'request' || observed.length > 0 || (learned ?? refusedParameter ?? missingCapability) !== undefined;
}
