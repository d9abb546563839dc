import type { Call } from '../../../domain/call.ts';
import type { Target } from '../../../domain/chain.ts';
import { isRecord, memberOf } from '../../../lib/record.ts';
import type { Encoded, EncodeOptions } from '../../codec.ts';
import { bodyOf, openaiRequest } from '../request.ts';
import { mendMessages } from './messages.ts';

/** The parameter that the gateway adds to receive the usage of a stream. */
const STREAM_OPTIONS = 'stream_options';

/** Encodes a chat completion. */
export function encodeChat(call: Call, target: Target, options: EncodeOptions): Encoded {
  const body = bodyOf(call);
  const values: Record<string, string | undefined> = {};
  const added: string[] = [];
  const messages = mendMessages(body, call.input, target.quirks);
  if (messages !== undefined) values['messages'] = messages;
  if (call.stream) addStreamFields(values, added, { call, target, without: options.without });
  return {
    added,
    request: openaiRequest(call, target, { path: '/chat/completions', body, values, headers: options.headers }),
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
  // Only a REST body has `stream`. Over the other doors the procedure's name decides.
  if (memberOf(call.input, 'stream') !== true) values['stream'] = 'true';
  if (!target.quirks.streamOptions || without.has(STREAM_OPTIONS)) {
    values[STREAM_OPTIONS] = undefined;
    return;
  }
  const requested = streamOptionsOf(call.input);
  if (requested?.['include_usage'] === true) return;
  values[STREAM_OPTIONS] = JSON.stringify({ ...requested, include_usage: true });
  added.push(STREAM_OPTIONS);
}

/** The client's own `stream_options`, when it sent an object. */
export function streamOptionsOf(input: unknown): Record<string, unknown> | undefined {
  const options = memberOf(input, 'stream_options');
  return isRecord(options) ? options : undefined;
}
