// The upstream of stream-soak.ts: tells its parent its port, and what it has written when it is asked.
import { setMaxListeners } from 'node:events';
import { gzipSync } from 'node:zlib';
import { chunk, fieldsOf, type Reply, responder, sse, startScriptedUpstream } from '../../src/testing/index.ts';

const MB = 1024 * 1024;
const STREAM = { 'content-type': 'text/event-stream' };
const ROLE = chunk({ delta: { role: 'assistant', content: '' } });
const STOP = chunk({ finish: 'stop' });
const DONE = sse('[DONE]');
const small = responder({ content: 'a few words' });

function inPieces(text: string, size: number): string[] {
  return Array.from({ length: Math.ceil(text.length / size) }, (_, n) => text.slice(n * size, (n + 1) * size));
}

function big(megabytes: number): Reply {
  const event = chunk({ delta: { content: 'x'.repeat(megabytes * MB) } });
  return { headers: STREAM, chunks: [ROLE, ...inPieces(event, 64), STOP, DONE] };
}

function million(): Reply {
  const event = chunk({ delta: { content: 'x' } });
  const usage = { prompt_tokens: 1, completion_tokens: 1_000_000, total_tokens: 1_000_001 };
  const chunks = Array.from({ length: 1000 }, () => event.repeat(1000));
  return { headers: STREAM, chunks: [ROLE, ...chunks, STOP, sse({ choices: [], usage }), DONE] };
}

function bomb(type: string): Reply {
  return { headers: { 'content-type': type, 'content-encoding': 'gzip' }, body: gzipSync(Buffer.alloc(1024 * MB)) };
}

const event = chunk({ delta: { content: 'x'.repeat(64 * 1024) } });
const REPLIES: Readonly<Record<string, () => Reply>> = {
  flood: () => ({ headers: STREAM, chunks: Array.from({ length: 3200 }, () => event) }),
  'big-5': () => big(5),
  'big-10': () => big(10),
  endless: () => ({
    headers: STREAM,
    chunks: [ROLE, chunk({ delta: { content: 'x' } }), 'data: ', ...inPieces('x'.repeat(64 * MB), MB)],
  }),
  million,
  'bomb-sse': () => bomb('text/event-stream'),
  'bomb-json': () => bomb('application/json'),
};

setMaxListeners(0);
const upstream = await startScriptedUpstream({
  script: (request) => REPLIES[String(fieldsOf(request)['model'])]?.() ?? small(request),
});
process.on('message', () => process.send?.(upstream.hits.at(-1)?.bytesWritten ?? 0));
process.send?.(upstream.port);
