// The bench's upstream: answers a prepared JSON body, or a prepared stream of 64 chunks at once.
import { createServer } from 'node:http';
import { chatCompletion, chunk, sse } from '../../src/testing/index.ts';

const json = JSON.stringify(chatCompletion({ content: 'x'.repeat(700) }).body);
const events = Array.from({ length: 64 }, () =>
  chunk({ delta: { content: 'a word of about this length, padded to the size of real chunks ' } }),
).join('');
const stream = `${events}${chunk({ finish: 'stop' })}${sse('[DONE]')}`;

const server = createServer({ keepAliveTimeout: 60_000 }, (request, response) => {
  let streams = false;
  request.on('data', (piece: Buffer) => (streams ||= piece.includes('"stream":true')));
  request.on('end', () => {
    response.writeHead(200, { 'content-type': streams ? 'text/event-stream' : 'application/json' });
    response.end(streams ? stream : json);
  });
});
server.listen(0, '127.0.0.1', () => {
  const address = server.address();
  process.send?.({ url: `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}` });
});
