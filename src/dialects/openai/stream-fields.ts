import type { Call } from '../../domain/call.ts';
import type { Target } from '../../domain/chain.ts';
import { OPEN_BRACE } from '../../lib/json-codes.ts';
import { memberOf } from '../../lib/record.ts';
import type { EncodeOptions } from '../codec.ts';
import { splice } from './splice.ts';

/** The parameter that the gateway adds to receive the usage of a stream. */
const STREAM_OPTIONS = 'stream_options';

/** Members that a request for a stream changes, and those that the gateway adds. */
export interface StreamFields {
  readonly values: Readonly<Record<string, string | undefined>>;
  readonly added: readonly string[];
}

/** The members by which a call's stream is requested, with its usage; none without a stream. */
export function streamFieldsOf(
  call: Call,
  { quirks }: Pick<Target, 'quirks'>,
  { without }: Pick<EncodeOptions, 'without'>,
): StreamFields {
  const values: Record<string, string | undefined> = {};
  if (!call.stream) return { values, added: [] };
  const { body } = call;
  // Only a REST body has `stream`. Over the other doors the procedure's name decides.
  if (body.get('stream') !== true) values['stream'] = 'true';
  if (!quirks.streamOptions || without.has(STREAM_OPTIONS)) {
    values[STREAM_OPTIONS] = undefined;
    return { values, added: [] };
  }
  if (requestsUsage(call)) return { values, added: [] };
  const requested = body.jsonOf(STREAM_OPTIONS);
  values[STREAM_OPTIONS] =
    requested?.[0] === OPEN_BRACE
      ? splice(requested, { values: { include_usage: 'true' } }).toString('utf8')
      : '{"include_usage":true}';
  return { values, added: [STREAM_OPTIONS] };
}

/** Whether the client itself requests the usage of a stream. */
export function requestsUsage({ body }: Pick<Call, 'body'>): boolean {
  return memberOf(body.get(STREAM_OPTIONS), 'include_usage') === true;
}
