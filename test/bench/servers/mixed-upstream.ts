// The upstream of mixed-soak.ts: both accounts of its chains, distinguished by their paths. The `user` of a request holds their outcomes.
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
import { failureAt } from '../load/outcomes.ts';

const STREAM = { 'content-type': 'text/event-stream' };
const CONTENT = 'The water found another way down. '.repeat(4);
const FORGET_MS = 5000;

/** Failures before the first token: a later one would reach the client. */
const FAILURES: Readonly<Record<string, (streams: boolean) => Reply>> = {
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

const answered = responder({ content: CONTENT });

function answer(request: ScriptedRequest): Reply {
  const fields = fieldsOf(request);
  const streams = fields['stream'] === true;
  const failure = failureAt(String(fields['user']), request.path.startsWith('/a/') ? 0 : 1);
  const fails = failure === undefined ? undefined : FAILURES[failure];
  if (fails !== undefined) return fails(streams);
  return streams ? chatStream({ content: CONTENT, delay: 3 }) : { ...answered(request), delay: 10 };
}

const upstream = await startScriptedUpstream({ script: answer });
setInterval(() => upstream.reset(), FORGET_MS);
process.on('disconnect', () => process.exit());
console.log(`listening on http://127.0.0.1:${upstream.port}`);
