// The upstream of the bench, on bare sockets: what it answers is chosen by the first word of the model's name.
import { createServer, type Socket } from 'node:net';
import { type RawRequest, readRequests } from './raw-http.ts';
import { REPLIES } from './replies.ts';

/** The longest queue of connections that wait to be accepted; Linux cuts it to what it allows. */
const BACKLOG = 4096;
/** The model and the user stand in the first bytes of a body. */
const LOOKED_AT = 200;

function answer(socket: Socket, { body }: RawRequest): void {
  const start = body.toString('latin1', 0, LOOKED_AT);
  const model = /"model":"([^"]+)"/.exec(start)?.[1] ?? '';
  const [kind = ''] = model.split('-');
  const reply = REPLIES[kind];
  if (reply === undefined) throw new Error(`There is no reply for '${model}'.`);
  socket.write(reply);
}

const server = createServer({ noDelay: true }, (socket) => readRequests(socket, (request) => answer(socket, request)));
server.listen({ port: 0, host: '127.0.0.1', backlog: BACKLOG }, () => {
  const address = server.address();
  console.log(`listening on http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`);
});
process.on('disconnect', () => process.exit());
