// The upstream of mixed-soak.ts: both accounts of its chains, told apart by their paths. Each request says in `user` how each is to fail.
import {
  chatStream,
  chunk,
  fieldsOf,
  openaiError,
  type Reply,
  responder,
  type ScriptedRequest,
  startScriptedUpstream,
} from '../../../src/testing/index.ts';
import { wayOf } from '../load/ways.ts';

const STREAM = { 'content-type': 'text/event-stream' };
const CONTENT = 'The water found another way down. '.repeat(4);
const FORGET_MS = 5000;

/** All of them before the first token: what fails later is the caller's to see. */
const WAYS: Readonly<Record<string, (streams: boolean) => Reply>> = {
  '500': () => openaiError(500, 'The server had an error.', { type: 'server_error' }),
  '503': () => openaiError(503, 'The server is overloaded.', { type: 'server_error' }),
  '429': () =>
    openaiError(429, 'Rate limit reached.', { code: 'rate_limit_exceeded', headers: { 'retry-after': '1' } }),
  reset: () => ({ head: false, end: 'rst' }),
  html: () => ({ headers: { 'content-type': 'text/html' }, body: '<html><body>Bad gateway</body></html>' }),
  cut: (streams) =>
    streams
      ? { headers: STREAM, chunks: [chunk({ delta: { role: 'assistant', content: '' } })], end: 'fin' }
      : { body: '{"id":', end: 'fin' },
};

const whole = responder({ content: CONTENT });

function answer(request: ScriptedRequest): Reply {
  const fields = fieldsOf(request);
  const streams = fields['stream'] === true;
  const way = wayOf(String(fields['user']), request.path.startsWith('/a/') ? 0 : 1);
  const fails = way === undefined ? undefined : WAYS[way];
  if (fails !== undefined) return fails(streams);
  return streams ? chatStream({ content: CONTENT, delay: 3 }) : { ...whole(request), delay: 10 };
}

const upstream = await startScriptedUpstream({ script: answer });
setInterval(() => upstream.reset(), FORGET_MS);
process.on('disconnect', () => process.exit());
console.log(`listening on http://127.0.0.1:${upstream.port}`);
