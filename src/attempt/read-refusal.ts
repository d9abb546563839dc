import type { Call } from '../domain/call.ts';
import type { Reading } from '../domain/reading.ts';
import type { ReadOptions } from '../refusals/read-options.ts';
import type { AttemptOptions, AttemptTools } from './attempt-context.ts';
import { isEchoed } from './is-echoed.ts';

/** The request that was refused, and the clock. */
interface Refused {
  readonly tools: Pick<AttemptTools, 'clock'>;
  readonly options: Pick<AttemptOptions, 'call' | 'target'>;
}

/** Statuses that blame the request. Without its text such a refusal concerns nothing but the request. */
const BLAMES_REQUEST: ReadonlySet<number> = new Set([400, 403, 404, 413, 422]);

/**
 * Reads a provider's error with `read`. Providers echo prompts in error messages. When the text that decided the class also occurs in the
 * request, and the reading would take a target out of service or teach something, the error is classified by status, headers and codes only,
 * so that one client cannot cool down an entry for all. A request that is found to be wrong then affects itself only.
 */
export function readRefusal({ tools, options }: Refused, read: (options: ReadOptions) => Reading): Reading {
  const { rules, refusals } = options.target;
  const readOptions: ReadOptions = { rules, refusals, now: tools.clock.now() };
  const reading = read(readOptions);
  if (isClientsMistake(reading, options.call)) return { ...reading, class: 'invalid_request' };
  if (!hasEffect(reading) || !isEchoed(reading.matchedText, options.call.body)) return reading;
  const withoutText = read({ ...readOptions, ignoreText: true });
  // A refusal that concerns this request only affects no other request.
  if (reading.scope === 'request')
    return { ...withoutText, class: reading.class, scope: 'request', retryAt: undefined };
  if (!BLAMES_REQUEST.has(reading.status)) return withoutText;
  return { ...withoutText, class: 'bad_request', scope: 'request', retryAt: undefined, window: undefined };
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
