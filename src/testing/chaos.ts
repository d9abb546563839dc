import { chatStream, chunk, fieldsOf, openaiError, responder, sse } from './openai.ts';
import type { Reply, ScriptedRequest } from './script.ts';
import { type ScriptedUpstream, startScriptedUpstream, type UpstreamOptions } from './upstream.ts';

const CONTENT = 'The water found another way down.';
const STREAM = { 'content-type': 'text/event-stream' };
const FIRST = [chunk({ delta: { role: 'assistant', content: '' } }), chunk({ delta: { content: 'The water ' } })];

const BEHAVIOURS: Record<string, (request: ScriptedRequest) => Reply> = {
  ok: responder({ content: CONTENT }),
  slow: (request) => ({ ...responder({ content: CONTENT })(request), delay: 5000 }),
  '429': () =>
    openaiError(429, 'Rate limit reached.', {
      code: 'rate_limit_exceeded',
      type: 'requests',
      headers: { 'retry-after': '1' },
    }),
  '500': () => openaiError(500, 'The server had an error.', { type: 'server_error' }),
  '401': () => openaiError(401, 'Incorrect API key provided.', { code: 'invalid_api_key' }),
  '404': () => openaiError(404, 'The model does not exist.', { code: 'model_not_found' }),
  '400': () => openaiError(400, 'The messages are wrong.'),
  silent: () => ({ head: false, end: 'hang' }),
  stall: () => ({ headers: STREAM, chunks: FIRST, end: 'hang' }),
  truncate: () => ({ headers: STREAM, chunks: FIRST, end: 'fin' }),
  // Without the delay a client that has not read yet sees an end instead of the reset.
  reset: () => ({ headers: STREAM, chunks: [...FIRST, { delay: 50 }], end: 'rst' }),
  refuse: () => ({ head: false, end: 'rst' }),
  html: () => ({ headers: { 'content-type': 'text/html' }, body: '<html><body>Bad gateway</body></html>' }),
  empty: () => ({ headers: STREAM, chunks: [sse('[DONE]')] }),
  'error-first': () => ({
    headers: STREAM,
    chunks: [sse({ error: { message: 'Overloaded.', type: 'server_error' } }), sse('[DONE]')],
  }),
  'error-late': () => ({
    headers: STREAM,
    chunks: [...FIRST, sse({ error: { message: 'Overloaded.', type: 'server_error' } })],
  }),
  endless: () => ({ ...chatStream({ content: 'drop '.repeat(100_000), delay: 20 }) }),
  garbage: () => ({ raw: 'this is not HTTP\r\n\r\n' }),
};

/** The behaviours of the chaos upstream, by the request's `model`. */
export const CHAOS = Object.freeze(BEHAVIOURS);

/** Starts the chaos upstream: an upstream that fails in every way that a provider does, to test a gateway against. Rejects when the port is taken. */
export function startChaos(options: Omit<UpstreamOptions, 'script'>): Promise<ScriptedUpstream> {
  return startScriptedUpstream({
    ...options,
    script(request) {
      const model = String(fieldsOf(request)['model']);
      const behaviour = Object.hasOwn(CHAOS, model) ? CHAOS[model] : undefined;
      const known = Object.keys(CHAOS).join(', ');
      return behaviour === undefined
        ? openaiError(404, `The model must be the name of a behaviour: ${known}.`, { code: 'model_not_found' })
        : behaviour(request);
    },
  });
}
