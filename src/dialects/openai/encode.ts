import type { Call } from '../../domain/call.ts';
import type { OperationName } from '../../domain/operation.ts';
import type { Target } from '../../domain/chain.ts';
import type { Encoded, EncodeOptions } from '../dialect.ts';
import { splice } from './splice.ts';

const PATHS: Readonly<Record<OperationName, string>> = Object.freeze({
  'chat.completions': '/chat/completions',
  embeddings: '/embeddings',
});

/** The parameter we put in by ourselves, to learn what a stream cost. */
const STREAM_OPTIONS = 'stream_options';

/** Encodes a call for an OpenAI-compatible server: the caller's own bytes with `model` and `stream_options` edited. */
export function encode(call: Call, target: Target, options: EncodeOptions): Encoded {
  const url = new URL(target.baseUrl + PATHS[call.operation]);
  const edits: Record<string, string | undefined> = { model: JSON.stringify(target.model) };
  const added: string[] = [];
  if (call.stream) {
    // Only REST's body says so itself; through the other doors the procedure's name does.
    if (objectOf(call.input)['stream'] !== true) edits['stream'] = 'true';
    if (!target.streamOptions || options.without.has(STREAM_OPTIONS)) edits[STREAM_OPTIONS] = undefined;
    else {
      const asked = streamOptionsOf(call.input);
      if (asked?.['include_usage'] !== true) {
        edits[STREAM_OPTIONS] = JSON.stringify({ ...asked, include_usage: true });
        added.push(STREAM_OPTIONS);
      }
    }
  }
  return {
    added,
    request: {
      origin: url.origin,
      path: url.pathname + url.search,
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        accept: call.stream ? 'text/event-stream' : 'application/json',
        // Compressed events arrive in lumps, and what is not decoded can pass through as it is.
        'accept-encoding': 'identity',
        ...(target.apiKey === undefined ? {} : { authorization: `Bearer ${target.apiKey}` }),
      },
      // In process there are no bytes of the caller's, so the input is written.
      body: splice(call.bytes ?? Buffer.from(JSON.stringify(call.input)), edits),
    },
  };
}

/** The caller's own `stream_options`, when he sent an object. */
export function streamOptionsOf(input: unknown): Record<string, unknown> | undefined {
  const options = objectOf(input)['stream_options'];
  return typeof options === 'object' && options !== null ? objectOf(options) : undefined;
}

function objectOf(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? { ...value } : {};
}
