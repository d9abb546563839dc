import { chatCompletion, chunk, openaiError, type Reply, sse } from '../../src/testing/index.ts';
import {
  COMPLETION,
  cutGzip,
  DONE,
  encoded,
  framed,
  HI,
  JSON_TYPE,
  rawReply,
  ROLE,
  STOP,
  STREAM,
  TEXT,
  WHOLE,
} from './replies.ts';

/** The replies of the first entry, by what they are. */
export type Cases = Readonly<Record<string, Reply>>;

const streamOf = (...chunks: readonly string[]): Reply => ({ headers: STREAM, chunks });
/** A failure after events that carry no token. */
const thenOverloaded = (...chunks: readonly string[]): Reply =>
  streamOf(...chunks, sse({ error: { message: 'overloaded', code: 503 } }));
const CALL = chunk({ delta: { tool_calls: [{ index: 0, id: 'c', function: { name: 'f', arguments: '{"a"' } }] } });

/** A chunk as it is damaged on its way. None of these can be read, and none is noise. */
const DAMAGED: Readonly<Record<string, string>> = {
  'an event that is cut after its first brace': 'data: {cut\n\n',
  'a chunk that is cut': `${HI.slice(0, -12)}\n\n`,
  'a chunk that is cut at a brace': `${HI.slice(0, HI.lastIndexOf('}') - 1)}\n\n`,
  'a chunk without one of its brackets': HI.replace('}]', '}'),
  'a chunk with broken JSON': HI.replace('"Hi"', 'Hi'),
  'a chunk with an escape that JSON does not have': HI.replace('"Hi"', String.raw`"H\qi"`),
  'a chunk that is cut in a named event': `event: message\n${HI.slice(0, -9)}\n\n`,
  'a chunk that is cut without its data field': `${HI.slice('data: '.length, -9)}\n\n`,
  'a chunk whose beginning is lost': `data: ${HI.slice(40)}`,
  'a chunk that is cut within another': `${HI.slice(0, HI.indexOf('Hi'))}${HI.slice('data: '.length)}`,
  'a whole chunk and a cut one in one event': `${HI.slice(0, -1)}${HI.slice(0, -9)}\n\n`,
  'a chunk with something after its end': `${HI.slice(0, -2)}}\n\n`,
  'a line break within a text': HI.replace('Hi', 'H\ni'),
  'a piece of a tool call that is cut': `${CALL.slice(0, -20)}\n\n`,
};
const damaged = (replyOf: (event: string) => Reply): Cases =>
  Object.fromEntries(Object.entries(DAMAGED).map(([name, event]) => [name, replyOf(event)]));

/** Failures of a first entry before the client has received anything, for JSON and for a stream: the second entry answers. */
export const SPILLS: Cases = {
  'CH-01 a 429': openaiError(429, 'slow down', { headers: { 'retry-after': '7' } }),
  'a 429 for lack of credits': openaiError(429, 'Credits are used up', {
    type: 'insufficient_quota',
    code: 'credit_balance_exhausted',
  }),
  'a 402': openaiError(402, 'pay'),
  'CH-01 a 408': openaiError(408, 'too slow'),
  'CH-01 a 500': openaiError(500, 'oops'),
  'CH-01 a 502': openaiError(502, 'bad gateway'),
  'CH-01 a 503': openaiError(503, 'overloaded'),
  'CH-01 a 504': openaiError(504, 'timeout'),
  'CH-01 a 529': openaiError(529, 'overloaded'),
  'CH-02 a 401 that rejects the key': openaiError(401, 'bad key'),
  'CH-02 a 404 for the model': openaiError(404, 'no such model'),
  'CH-02 a context that is too long': openaiError(400, "This model's maximum context length is 10 tokens.", {
    code: 'context_length_exceeded',
  }),
  'a redirect': { status: 302, headers: { location: 'http://127.0.0.1:1/' } },
  'a reset before any byte': { head: false, end: 'rst' },
  'a close before any byte': { head: false, end: 'fin' },
  'bytes that are not HTTP': { raw: 'hello there\r\n\r\n' },
  'ST-15 a 101 that was not requested': rawReply('101 Switching Protocols\nconnection: upgrade\nupgrade: x', ''),
  'ST-15 a 103 and nothing after it': rawReply('103 Early Hints\nlink: </x>', ''),
  'a head of 70 KB': rawReply(`200 OK\nx: ${'x'.repeat(70_000)}`, COMPLETION),
  'CH-19 a 204': { status: 204 },
  'CH-19 an empty body with status 200': { body: '' },
  'CH-19 HTML with status 200': { headers: { 'content-type': 'text/html' }, body: '<html>no</html>' },
  'CH-19 HTML with the content-type JSON': { headers: JSON_TYPE, body: '\n<!doctype html><html>no</html>' },
  'CH-19 an error with status 200': { body: { error: { message: 'no', type: 'server_error' } } },
  'CH-19 an error in a list with status 200': {
    body: [{ error: { message: 'no', status: 'UNAVAILABLE', code: 503 } }],
  },
  'CH-19 a detail with status 200': { body: { detail: 'The model is not loaded.' } },
  'CH-19 JSON cut short by a close': { headers: JSON_TYPE, body: '{"id":"x","choices":[{"index":0', end: 'fin' },
  'CH-19 incomplete JSON in a complete response': { headers: JSON_TYPE, body: COMPLETION.slice(0, -9) },
  'CH-19 a body shorter than its content-length': {
    headers: { ...JSON_TYPE, 'content-length': '5000' },
    chunks: [COMPLETION.slice(0, 40), { delay: 10 }],
    end: 'fin',
  },
  'CH-19 an empty list of choices': { body: { id: 'x', choices: [] } },
  'CH-19 a choice without a message': { body: { id: 'x', choices: [{ index: 0, finish_reason: 'stop' }] } },
  'CH-19 an answer with a finish reason of error': chatCompletion({ content: '', finishReason: 'error' }),
  'CH-19 a choice with an error': {
    body: {
      id: 'x',
      choices: [{ index: 0, message: { content: 'x' }, finish_reason: 'stop', error: { message: 'no', code: 502 } }],
    },
  },
  'CH-19 null': { headers: JSON_TYPE, body: 'null' },
  'CH-19 a list': { headers: JSON_TYPE, body: '[]' },
  'CH-19 text that is not JSON': { headers: JSON_TYPE, body: 'all is well' },
  'ST-08 a content-encoding of gzip on a plain body': {
    headers: { ...JSON_TYPE, 'content-encoding': 'gzip' },
    body: COMPLETION,
  },
  'ST-08 gzip that is cut short': cutGzip(COMPLETION.slice(0, 60), JSON_TYPE),
  'an unknown content-encoding': { headers: { ...JSON_TYPE, 'content-encoding': 'lzma' }, body: COMPLETION },
  'CH-19 an error message that is nested too deeply': {
    headers: JSON_TYPE,
    body: `{"error":{"message":${'[{"detail":'.repeat(100_000)}"x"${'}]'.repeat(100_000)}}}`,
  },
  'six content-encodings, one inside the other': {
    headers: { ...JSON_TYPE, 'content-encoding': 'gzip, gzip, gzip, gzip, gzip, gzip' },
    body: COMPLETION,
  },
};

/** Failures of a first entry that only a stream can have before its first token: the second entry answers. */
export const STREAM_SPILLS: Cases = {
  'ST-06 an error as the first event': {
    headers: STREAM,
    chunks: [sse({ error: { message: 'no', type: 'server_error', code: 500 } }), DONE],
  },
  'ST-06 a named error event': { headers: STREAM, chunks: ['event: error\ndata: {"message":"no"}\n\n'] },
  'ST-06 a named error event in plain text': { headers: STREAM, chunks: ['event: error\ndata: no\n\n'] },
  'ST-06 an error as a string': { headers: STREAM, chunks: [sse({ error: 'no' })] },
  'ST-06 a flat error': { headers: STREAM, chunks: [sse({ type: 'error', message: 'no' }), DONE] },
  'ST-06 a flat error without a type': { headers: STREAM, chunks: [sse({ message: 'no', code: 500 }), DONE] },
  'ST-06 an error in a list': { headers: STREAM, chunks: [sse([{ error: { message: 'no', code: 503 } }])] },
  'ST-06 an error beside choices': {
    headers: STREAM,
    chunks: [
      sse({ error: { message: 'no' }, choices: [{ index: 0, delta: { content: '' }, finish_reason: 'error' }] }),
    ],
  },
  'ST-06 an error in x_groq': { headers: STREAM, chunks: [sse({ id: 'x', choices: [], x_groq: { error: 'no' } })] },
  'ST-06 a bare JSON error': { headers: STREAM, chunks: ['{"error":{"message":"no","code":503}}\n'] },
  'ST-06 a role and then a bare JSON error': { headers: STREAM, chunks: [ROLE, '{"error":{"message":"no"}}\n\n'] },
  'CH-05 a role and then an error': { headers: STREAM, chunks: [ROLE, sse({ error: { message: 'no' } })] },
  'CH-05 a role and then the end': { headers: STREAM, chunks: [ROLE] },
  'CH-05 a role and then the end marker': { headers: STREAM, chunks: [ROLE, DONE] },
  'CH-05 a role and then a reset': { headers: STREAM, chunks: [ROLE, { delay: 20 }], end: 'rst' },
  'CH-05 a role and then a close': { headers: STREAM, chunks: [ROLE, { delay: 20 }], end: 'fin' },
  'CH-05 a role and then gzip that is cut short': cutGzip(ROLE, STREAM),
  'CH-19 only the end marker': { headers: STREAM, chunks: [DONE] },
  'CH-05 only comments': { headers: STREAM, chunks: [': ping\n\n', ': ping\n\n'] },
  'CH-05 only noise': { headers: STREAM, chunks: [sse('PROCESSING'), 'event: ping\ndata: {"type":"ping"}\n\n', DONE] },
  'CH-19 an event stream without an event': { headers: STREAM, chunks: [] },
  'CH-19 HTML with the content-type of an event stream': { headers: STREAM, chunks: ['<html>no</html>'] },
  'ST-06 a finish reason of error': { headers: STREAM, chunks: [chunk({ delta: {}, finish: 'error' })] },
  'ST-06 a finish reason of abort': { headers: STREAM, chunks: [ROLE, chunk({ delta: {}, finish: 'abort' }), DONE] },
  ...damaged((event) => streamOf(ROLE, event, HI, STOP, DONE)),
  'an empty function call and then an error': thenOverloaded(
    chunk({ delta: { role: 'assistant', content: '', function_call: { name: '', arguments: '' } } }),
  ),
  'empty tool calls and then an error': thenOverloaded(
    ...[{}, null, { index: 0, id: 'c', type: 'function', function: { name: '', arguments: '' } }].map((call) =>
      chunk({ delta: { tool_calls: [call] } }),
    ),
  ),
  'empty parts and then an error': thenOverloaded(
    chunk({ delta: { content: [{ type: 'text', text: '' }] } }),
    chunk({ delta: { content: [{ type: 'thinking', thinking: [{ type: 'text', text: '' }] }] } }),
    chunk({ delta: { reasoning_details: [{ type: 'reasoning.text', text: '', format: 'x', index: 0 }] } }),
  ),
  'audio and images without data and then an error': thenOverloaded(
    chunk({ delta: { audio: {} } }),
    chunk({ delta: { audio: { id: 'a', expires_at: 7, data: '', transcript: '' } } }),
    chunk({ delta: { images: [{ type: 'image_url', index: 0, image_url: { url: '' } }] } }),
  ),
  'metadata and then an error': thenOverloaded(
    chunk({
      delta: { role: 'assistant', name: 'x', id: 'x', weight: 1, end_turn: false, provider_specific_fields: {} },
    }),
    chunk({ delta: { content_filter_results: { hate: { severity: 'safe' } }, thought_signature: 'c2ln' } }),
  ),
  'CH-19 JSON with an empty finish reason': {
    body: { id: 'x', choices: [{ index: 0, message: { role: 'assistant', content: 'x' }, finish_reason: '' }] },
  },
  'CH-19 JSON without a finish reason': {
    body: { id: 'x', choices: [{ index: 0, message: { role: 'assistant', content: 'x' }, finish_reason: null }] },
  },
  'CH-19 JSON that is nested too deeply to become a stream': {
    headers: JSON_TYPE,
    body: COMPLETION.replace('{', `{"x":${'['.repeat(100_000)}${']'.repeat(100_000)},`),
  },
};

const SOON = { delay: 20 } as const;

/** Failures of a stream after its first token: the chunks so far remain, and the error has this code. */
export const BREAKS: Readonly<Record<string, { readonly first: Reply; readonly code: string | null }>> = {
  'ST-03 a close': { first: { headers: STREAM, chunks: [ROLE, HI, SOON], end: 'fin' }, code: 'upstream_truncated' },
  'ST-03 a reset': { first: { headers: STREAM, chunks: [ROLE, HI, SOON], end: 'rst' }, code: 'upstream_truncated' },
  'ST-03 a close before the content-length is reached': {
    first: { headers: { ...STREAM, 'content-length': '5000' }, chunks: [ROLE, HI, SOON], end: 'fin' },
    code: 'upstream_truncated',
  },
  'ST-03 a close in a response without a length or chunks': {
    first: rawReply('200 OK\ncontent-type: text/event-stream\nconnection: close', ROLE + HI),
    code: 'upstream_truncated',
  },
  'ST-03 gzip that is cut short': { first: cutGzip(ROLE + HI, STREAM), code: 'upstream_truncated' },
  'ST-03 an end without a finish reason': {
    first: { headers: STREAM, chunks: [ROLE, HI] },
    code: 'upstream_truncated',
  },
  'ST-03 an end marker without a finish reason': {
    first: { headers: STREAM, chunks: [ROLE, HI, DONE] },
    code: 'upstream_truncated',
  },
  'ST-03 a second choice without a finish reason': {
    first: { headers: STREAM, chunks: [ROLE, HI, chunk({ delta: { role: 'assistant' }, index: 1 }), STOP] },
    code: 'upstream_truncated',
  },
  'ST-03 a choice beyond n without a finish reason': {
    first: {
      headers: STREAM,
      chunks: [
        ROLE,
        HI,
        sse({
          choices: [
            { index: 0, delta: {}, finish_reason: null },
            { index: 1, delta: { role: 'assistant' }, finish_reason: null },
          ],
        }),
        STOP,
      ],
    },
    code: 'upstream_truncated',
  },
  ...Object.fromEntries(
    Object.entries(damaged((event) => streamOf(ROLE, HI, event, HI, STOP, DONE))).map(([name, first]) => [
      name,
      { first, code: 'upstream_failed' },
    ]),
  ),
  'a chunk that is cut by the end of the stream': {
    first: streamOf(ROLE, HI, STOP.slice(0, -9)),
    code: 'upstream_truncated',
  },
  'ST-06 an error event': {
    first: { headers: STREAM, chunks: [ROLE, HI, sse({ error: { message: 'boom', code: 'broken' } }), DONE] },
    code: 'broken',
  },
  'ST-06 an error with a number for its code': {
    first: { headers: STREAM, chunks: [ROLE, HI, sse({ error: { message: 'boom', code: 500 } })] },
    code: '500',
  },
  'ST-06 a named error event': {
    first: { headers: STREAM, chunks: [ROLE, HI, 'event: error\ndata: {"message":"boom","code":"broken"}\n\n'] },
    code: 'broken',
  },
  'ST-06 a named error event in plain text': {
    first: { headers: STREAM, chunks: [ROLE, HI, 'event: error\ndata: boom\n\n', DONE] },
    code: null,
  },
  'ST-06 an error as a string': { first: { headers: STREAM, chunks: [ROLE, HI, sse({ error: 'boom' })] }, code: null },
  'ST-06 a bare JSON error': {
    first: { headers: STREAM, chunks: [ROLE, HI, '{"error":{"message":"boom","code":"broken"}}\n'] },
    code: 'broken',
  },
  'ST-06 a bare JSON error without a line end': {
    first: { headers: STREAM, chunks: [ROLE, HI, '{"error":', { delay: 5 }, '{"message":"boom","code":"broken"}}'] },
    code: 'broken',
  },
  'ST-06 a bare JSON error among lines that end in CRLF': {
    first: { headers: STREAM, chunks: [ROLE, HI, ': x\r\n{"error":{"message":"boom","code":"broken"}}\r\n\r\n'] },
    code: 'broken',
  },
  'ST-06 a flat error': {
    first: { headers: STREAM, chunks: [ROLE, HI, sse({ type: 'error', message: 'boom', code: 'broken' })] },
    code: 'broken',
  },
  'ST-06 a flat error without a type': {
    first: { headers: STREAM, chunks: [ROLE, HI, sse({ message: 'boom', code: 500 }), DONE] },
    code: '500',
  },
  'ST-06 a detail': {
    first: { headers: STREAM, chunks: [ROLE, HI, sse({ detail: 'boom' }), DONE] },
    code: null,
  },
  'ST-06 a list of errors': {
    first: { headers: STREAM, chunks: [ROLE, HI, sse({ errors: [{ message: 'boom' }] }), DONE] },
    code: null,
  },
  'ST-06 an error in a choice': {
    first: {
      headers: STREAM,
      chunks: [
        ROLE,
        HI,
        sse({ choices: [{ index: 0, delta: {}, finish_reason: null, error: { message: 'boom', code: 502 } }] }),
        STOP,
        DONE,
      ],
    },
    code: '502',
  },
  'ST-06 a detail after the finish reason': {
    first: { headers: STREAM, chunks: [ROLE, HI, STOP, sse({ detail: 'boom' }), DONE] },
    code: null,
  },
  'ST-06 an error beside choices': {
    first: {
      headers: STREAM,
      chunks: [
        ROLE,
        HI,
        sse({ error: { message: 'boom' }, choices: [{ index: 0, delta: {}, finish_reason: 'error' }] }),
      ],
    },
    code: null,
  },
  'ST-06 a finish reason of error': {
    first: { headers: STREAM, chunks: [ROLE, HI, chunk({ finish: 'error' }), DONE] },
    code: null,
  },
};

const eol =
  (end: string) =>
  (event: string): string =>
    event + end + end;

const withBroken = (event: string): string => `${event}\n\ndata: {"a": broken }\n\n`;
const BROKEN = WHOLE.slice(0, -DONE.length).replaceAll('\n\n', withBroken(''));
/** Broken JSON where only the usage could be. */
const BROKEN_USAGE = WHOLE.replace(DONE, withBroken('').trimStart() + DONE);

/** Each chunk edited; the end mark stays. */
const eachChunk = (edit: (json: string) => string): Reply =>
  framed((event) => `data: ${event.includes('[DONE]') ? '[DONE]' : edit(event.slice('data: '.length))}\n\n`);
/** Two chunks each as one event; the end mark stays. */
const inPairs = (between: string): Reply => {
  const chunks = WHOLE.slice(0, -DONE.length).split('\n\n').filter(Boolean);
  const pairs = chunks.map((each, at) => (at % 2 === 0 ? each : `${between}${each.slice('data: '.length)}\n\n`));
  return streamOf(pairs.join(''), chunks.length % 2 === 0 ? '' : '\n\n', DONE);
};
const FINGERPRINT = '"object":';

/** JSON answers that strict JSON forbids, in forms that have one meaning. */
const LENIENT_JSON: Cases = {
  'JSON after comments': {
    headers: JSON_TYPE,
    chunks: ['// a {comment}\n/* a "comment" **', { delay: 5 }, `/ ${COMPLETION}`],
  },
  'JSON after comment lines of an event stream': {
    headers: JSON_TYPE,
    chunks: [': OPENROUTER PROCESSING\n\n', { delay: 5 }, `: OPENROUTER PROCESSING\n\n${COMPLETION}`],
  },
  'JSON after comment lines, with the content-type of an event stream': {
    headers: STREAM,
    body: `: OPENROUTER PROCESSING\n\n${COMPLETION}`,
  },
  'JSON with numbers that JSON does not have': {
    headers: JSON_TYPE,
    body: COMPLETION.replace('"logprobs":null', '"logprobs":{"content":[{"logprob":-Infinity,"x":NaN}]}'),
  },
  'JSON with control characters in a string': {
    headers: JSON_TYPE,
    body: COMPLETION.replace(FINGERPRINT, `"system_fingerprint":"f\tp\0\n",${FINGERPRINT}`),
  },
  'JSON with content in parts': {
    headers: JSON_TYPE,
    body: COMPLETION.replace(/"content":("[^"]+")/, '"content":[{"type":"text","text":$1}]'),
  },
};

/** Complete streams in every form: the client receives all of them, and no other entry is tried. */
export const WHOLES: Cases = {
  'bare events': { headers: STREAM, chunks: [WHOLE] },
  'events with CRLF line ends': framed(eol('\r\n')),
  'events with CR line ends': framed(eol('\r')),
  'mixed line ends': framed((event) => `: x\r${event}\r\n\n`),
  'no space after the colon': framed((event) => `${event.replace('data: ', 'data:')}\n\n`),
  'data over several lines': framed((event) => `${event.replace(',', ',\ndata: ')}\n\n`),
  'a byte order mark': { headers: STREAM, chunks: [`\uFEFF${WHOLE}`] },
  'comments between events': framed((event) => `: keep-alive\n\n${event}\n\n`),
  'comments before data lines': framed((event) => `: keep-alive\n${event}\n\n`),
  'ids, retries and unknown fields': framed((event) => `id: 7\nretry: 1\nx: y\n${event}\n\n`),
  'events named message': framed((event) => `event: message\n${event}\n\n`),
  'empty data between events': framed((event) => `data:\n\ndata: \n\n${event}\n\n`),
  'noise between events': framed((event) => `data: PROCESSING\n\nevent: ping\ndata: {"type":"ping"}\n\n${event}\n\n`),
  'broken JSON after the finish reason': streamOf(BROKEN_USAGE),
  'chunks without their data field': framed((event) => `${event.replace(/^data: (?=\{)/, '')}\n\n`),
  'every other chunk without its data field': {
    headers: STREAM,
    chunks: [
      WHOLE.split('\n\n')
        .map((each, at) => (at % 2 === 1 ? each.replace(/^data: (?=\{)/, '') : each))
        .join('\n\n'),
    ],
  },
  'chunks on lines of their own, without data fields and blank lines': framed((event) =>
    event.includes('[DONE]') ? `\n${event}\n\n` : `${event.slice('data: '.length)}\n`,
  ),
  'chunks with a misspelled data field': framed((event) => `${event.replace(/^data: (?=\{)/, 'Data : ')}\n\n`),
  'chunks with two data fields on one line': framed((event) => `data: ${event}\n\n`),
  'two chunks in one event': inPairs('\ndata: '),
  'two chunks on one line': inPairs(''),
  'two chunks on one line, with a data field between them': inPairs('data: '),
  'two chunks on two lines, one without its data field': inPairs('\n'),
  'a chunk and the end mark in one event': streamOf(WHOLE.replace(`\n\n${DONE}`, `\n${DONE}`)),
  'words and a chunk in one event': framed((event) => `data: PROCESSING\n${event}\n\n`),
  'chunks in a list': eachChunk((json) => `[${json}]`),
  'a byte order mark in each event': eachChunk((json) => `\uFEFF ${json}`),
  'numbers that JSON does not have': eachChunk((json) =>
    json.replace('"logprobs":null', '"logprobs":{"content":[{"logprob":-Infinity,"x":NaN}]}'),
  ),
  'control characters in a string': eachChunk((json) =>
    json.replace(FINGERPRINT, `"system_fingerprint":"f\tp\0",${FINGERPRINT}`),
  ),
  'a message in place of each delta': eachChunk((json) => json.replace('"delta":', '"message":')),
  'a message in place of some deltas': eachChunk((json) =>
    json.includes('of') ? json.replace('"delta":', '"message":') : json,
  ),
  'a last message that repeats the deltas': eachChunk((json) =>
    json.replace('"delta":{},', `"message":${JSON.stringify({ role: 'assistant', content: TEXT })},`),
  ),
  'content in parts': eachChunk((json) => json.replace(/"content":("[^"]+")/, '"content":[{"type":"text","text":$1}]')),
  'pings between events that are bare JSON': framed((event) => `data: {"type":"ping"}\n\ndata: {}\n\n${event}\n\n`),
  'a tab after each colon of the JSON': framed((event) => `${event.replaceAll('":', '":\t')}\n\n`),
  'a last event without its blank line': { headers: STREAM, chunks: [WHOLE.slice(0, -DONE.length - 2)] },
  'ST-01 one byte at a time': { headers: STREAM, chunks: [...Buffer.from(WHOLE)].map((byte) => Buffer.from([byte])) },
  'ST-08 gzip that was not requested': encoded('gzip', WHOLE, STREAM),
  'ST-08 deflate that was not requested': encoded('deflate', WHOLE, STREAM),
  'ST-08 raw deflate that was not requested': encoded('deflate, raw', WHOLE, STREAM),
  'ST-08 br that was not requested': encoded('br', WHOLE, STREAM),
  'ST-08 zstd that was not requested': encoded('zstd', WHOLE, STREAM),
  'ST-03 no end marker': { headers: STREAM, chunks: [WHOLE.slice(0, -DONE.length)] },
  'ST-03 no end marker, in a response without a length or chunks': rawReply(
    '200 OK\ncontent-type: text/event-stream\nconnection: close',
    WHOLE.slice(0, -DONE.length),
  ),
  'ST-03 a reset after the finish reason': {
    headers: STREAM,
    chunks: [WHOLE.slice(0, -DONE.length), { delay: 20 }],
    end: 'rst',
  },
  'ST-05 an end marker on a socket that stays open': { headers: STREAM, chunks: [WHOLE], end: 'hang' },
  'ST-05 events after the end marker': { headers: STREAM, chunks: [WHOLE + HI] },
  'ST-15 a 103 before the answer': rawReply(
    `103 Early Hints\nlink: </x>\n\nHTTP/1.1 200 OK\ncontent-type: text/event-stream\nconnection: close`,
    WHOLE,
  ),
  'ST-15 trailers after the answer': rawReply(
    '200 OK\ncontent-type: text/event-stream\ntransfer-encoding: chunked\ntrailer: x',
    `${Buffer.byteLength(WHOLE).toString(16)}\r\n${WHOLE}\r\n0\r\nx: y\r\n\r\n`,
  ),
  'ST-14 a filter result before the first choice': {
    headers: STREAM,
    chunks: [sse({ id: '', object: '', created: 0, model: '', choices: [], prompt_filter_results: [] }), WHOLE],
  },
  'an event stream without a content-type': rawReply('200 OK\nconnection: close', WHOLE),
  'an event stream with the content-type JSON': { headers: JSON_TYPE, chunks: [WHOLE] },
  'JSON in place of a stream': { headers: JSON_TYPE, body: COMPLETION },
  'JSON after blank lines': { headers: JSON_TYPE, chunks: ['\n\n', { delay: 5 }, `\n${COMPLETION}`] },
  'JSON after a byte order mark': { headers: JSON_TYPE, body: `\uFEFF${COMPLETION}` },
  'JSON with the content-type of an event stream': { headers: STREAM, body: COMPLETION },
  ...LENIENT_JSON,
  'ST-08 JSON in gzip': encoded('gzip', COMPLETION, JSON_TYPE),
};

/** Complete answers to a request for JSON, in every form. */
export const JSON_WHOLES: Cases = {
  JSON: { headers: JSON_TYPE, body: COMPLETION },
  'JSON after blank lines': { headers: JSON_TYPE, chunks: ['\n\n', { delay: 5 }, `\n${COMPLETION}`] },
  'JSON after a byte order mark': { headers: JSON_TYPE, body: `\uFEFF${COMPLETION}` },
  'JSON after a byte order mark with the content-type of an event stream': {
    headers: STREAM,
    body: `\uFEFF${COMPLETION}`,
  },
  'JSON without a content-type': rawReply('200 OK\nconnection: close', COMPLETION),
  'JSON with the content-type of an event stream': { headers: STREAM, body: COMPLETION },
  ...LENIENT_JSON,
  'ST-08 JSON in gzip': encoded('gzip', COMPLETION, JSON_TYPE),
  'ST-08 JSON in br': encoded('br', COMPLETION, JSON_TYPE),
  'an event stream in place of JSON': { headers: STREAM, chunks: [WHOLE] },
  'an event stream in place of JSON, with CRLF line ends': framed(eol('\r\n')),
  'an event stream with the content-type JSON': { headers: JSON_TYPE, chunks: [WHOLE] },
  'an event stream with broken JSON after the finish reason': streamOf(BROKEN_USAGE),
  'an event stream with broken JSON after the finish reason, without an end marker': {
    headers: STREAM,
    chunks: [BROKEN_USAGE.slice(0, -DONE.length)],
  },
  'ST-03 an event stream with broken JSON after the finish reason, and a reset': {
    headers: STREAM,
    chunks: [BROKEN_USAGE.slice(0, -DONE.length), { delay: 20 }],
    end: 'rst',
  },
  'an event stream of chunks without their data field': framed((event) => `${event.replace(/^data: (?=\{)/, '')}\n\n`),
  'an event stream with two chunks in each event': inPairs('\ndata: '),
  'an event stream with a message in place of each delta': eachChunk((json) => json.replace('"delta":', '"message":')),
};

/** Incomplete event streams in place of JSON: the next entry is tried. */
export const JSON_SPILLS: Cases = {
  'CH-19 an event stream that is cut short': { headers: STREAM, chunks: [ROLE, HI] },
  'ST-06 an event stream with an error event': {
    headers: STREAM,
    chunks: [ROLE, HI, sse({ error: { message: 'no' } })],
  },
  'CH-19 an event stream with only an end marker': { headers: STREAM, chunks: [DONE] },
  ...Object.fromEntries(
    Object.entries(damaged((event) => streamOf(ROLE, HI, event, STOP, DONE))).map(([name, first]) => [
      `an event stream with ${name}`,
      first,
    ]),
  ),
  'an event stream with broken JSON between its events, without an end marker': streamOf(BROKEN),
  'ST-08 an event stream with broken JSON between its events, in gzip': encoded('gzip', BROKEN, STREAM),
  'CH-19 an event stream with a choice without a finish reason': {
    headers: STREAM,
    chunks: [ROLE, HI, chunk({ delta: { content: 'x' }, index: 1 }), STOP, DONE],
  },
};

/**
 * The names of the cases that run through every door: each kind of failure and form that readers, mounts and adapters may meet in their own
 * way. `testDoors` (`table.ts`) says which doors run all cases.
 */
export const SAMPLES: ReadonlySet<string> = new Set([
  // Failures before the first token: a refusal, a lost connection, an error in an answer, an error in a stream, a cut one.
  'CH-01 a 429',
  'a reset before any byte',
  'CH-19 an error with status 200',
  'CH-19 an event stream that is cut short',
  'ST-06 an error as the first event',
  'CH-05 a role and then a reset',
  // Failures after it: with every kind of end, and with each type of code.
  'ST-03 a close',
  'ST-03 a reset',
  'ST-03 an end without a finish reason',
  'a chunk that is cut',
  'ST-06 an error event',
  'ST-06 an error with a number for its code',
  'ST-06 a named error event',
  'ST-06 an error as a string',
  // Whole answers: as bytes that pass, through the full parser, in pieces, named, and in the other form.
  'bare events',
  'events named message',
  'events with CRLF line ends',
  'data over several lines',
  'ids, retries and unknown fields',
  'ST-01 one byte at a time',
  'ST-03 no end marker',
  'ST-05 an end marker on a socket that stays open',
  'JSON',
  'JSON in place of a stream',
  'an event stream in place of JSON',
]);

export { TEXT };
