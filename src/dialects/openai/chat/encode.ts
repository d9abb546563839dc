import type { Call } from '../../../domain/call.ts';
import type { Target } from '../../../domain/chain.ts';
import { ByteEdits } from '../../../lib/byte-edits.ts';
import { memberOf } from '../../../lib/record.ts';
import type { Encoded, EncodeOptions } from '../../codec.ts';
import { openaiRequest } from '../request.ts';
import { splice } from '../splice.ts';
import { mendMessages } from './messages.ts';
import { OPEN_BRACE } from '../../../lib/json-codes.ts';

/** The parameter that the gateway adds to receive the usage of a stream. */
const STREAM_OPTIONS = 'stream_options';

/** Encodes a chat completion. */
export function encodeChat(call: Call, target: Target, options: EncodeOptions): Encoded {
  const values: Record<string, string | undefined> = {};
  const added: string[] = [];
  const inside = new ByteEdits();
  mendMessages(inside, call.body, target.quirks);
  if (call.stream) addStreamFields(values, added, { call, target, without: options.without });
  return {
    added,
    request: openaiRequest(call, target, { path: '/chat/completions', values, inside, headers: options.headers }),
  };
}

interface Streaming extends Pick<EncodeOptions, 'without'> {
  readonly call: Call;
  readonly target: Target;
}

function addStreamFields(
  values: Record<string, string | undefined>,
  added: string[],
  { call, target, without }: Streaming,
): void {
  const { body } = call;
  // Only a REST body has `stream`. Over the other doors the procedure's name decides.
  if (body.get('stream') !== true) values['stream'] = 'true';
  if (!target.quirks.streamOptions || without.has(STREAM_OPTIONS)) {
    values[STREAM_OPTIONS] = undefined;
    return;
  }
  if (requestsUsage(call)) return;
  const requested = body.jsonOf(STREAM_OPTIONS);
  values[STREAM_OPTIONS] =
    requested?.[0] === OPEN_BRACE
      ? splice(requested, { values: { include_usage: 'true' } }).toString('utf8')
      : '{"include_usage":true}';
  added.push(STREAM_OPTIONS);
}

/** Whether the client itself requests the usage of a stream. */
export function requestsUsage({ body }: Pick<Call, 'body'>): boolean {
  return memberOf(body.get(STREAM_OPTIONS), 'include_usage') === true;
}
