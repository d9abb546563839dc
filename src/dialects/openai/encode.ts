import type { Call } from '../../domain/call.ts';
import type { Target } from '../../domain/chain.ts';
import type { OperationName } from '../../domain/operation.ts';
import { isRecord, memberOf } from '../../lib/record.ts';
import type { Encoded, EncodeOptions } from '../codec.ts';
import { mendMessages } from './chat/messages.ts';
import { splice } from './splice.ts';

const PATHS: Readonly<Record<OperationName, string>> = Object.freeze({
  'chat.completions': '/chat/completions',
  embeddings: '/embeddings',
});

/** The parameter we put in by ourselves, to learn what a stream cost. */
const STREAM_OPTIONS = 'stream_options';

/** Encodes a call for an OpenAI-compatible server: the caller's own bytes, edited where its preset says that they must be. */
export function encode(call: Call, target: Target, options: EncodeOptions): Encoded {
  const { quirks } = target;
  // In process there are no bytes of the caller's, so the input is written.
  const bytes = call.bytes ?? Buffer.from(JSON.stringify(call.input));
  const messages = mendMessages(bytes, call.input, quirks);
  const values: Record<string, string | undefined> = {};
  for (const field of quirks.rejects) values[field] = undefined;
  if (messages !== undefined) values['messages'] = messages;
  values['model'] = JSON.stringify(target.model);
  const added: string[] = [];
  if (call.stream) {
    // Only REST's body says so itself; through the other doors the procedure's name does.
    if (memberOf(call.input, 'stream') !== true) values['stream'] = 'true';
    if (!quirks.streamOptions || options.without.has(STREAM_OPTIONS)) values[STREAM_OPTIONS] = undefined;
    else {
      const asked = streamOptionsOf(call.input);
      if (asked?.['include_usage'] !== true) {
        values[STREAM_OPTIONS] = JSON.stringify({ ...asked, include_usage: true });
        added.push(STREAM_OPTIONS);
      }
    }
  }
  return {
    added,
    request: {
      endpoint: target.endpoint,
      path: target.baseUrl.slice(target.endpoint.origin.length) + PATHS[call.operation],
      method: 'POST',
      headers: headersOf(target, call.stream, options.headers),
      body: splice(bytes, { values, keys: quirks.renames }),
    },
  };
}

function headersOf(
  { headers, apiKey, keyHeader }: Target,
  stream: boolean,
  ours: Readonly<Record<string, string>>,
): Record<string, string> {
  const all: Record<string, string> = {
    ...headers,
    'content-type': 'application/json',
    accept: stream ? 'text/event-stream' : 'application/json',
    // Compressed events arrive in lumps, and what is not decoded can pass through as it is.
    'accept-encoding': 'identity',
  };
  if (apiKey !== undefined) all[keyHeader] = keyHeader === 'authorization' ? `Bearer ${apiKey}` : apiKey;
  return Object.assign(all, ours);
}

/** The caller's own `stream_options`, when he sent an object. */
export function streamOptionsOf(input: unknown): Record<string, unknown> | undefined {
  const options = memberOf(input, 'stream_options');
  return isRecord(options) ? options : undefined;
}
