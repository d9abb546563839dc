// The upstream of the bench, on bare sockets: what it answers is chosen by the first word of the model's name. It takes orders from its parent
// and answers each with what it has seen.
import { createServer, type Socket } from 'node:net';
import { createDrips, type Gone } from './drip.ts';
import { type RawRequest, readRequests, STREAM_HEAD } from './raw-http.ts';
import { FIRST_EVENT, FLOOD, REPLIES, STREAM_END } from './replies.ts';

/** What the parent may order: which groups of streams get events from now on, or that a group ends. */
export interface Order {
  readonly run?: readonly string[];
  readonly end?: string;
  /** The group whose events are told. */
  readonly of?: string;
}

/** What the upstream has seen so far. */
export interface Seen {
  /** Requests that were refused with a 429. */
  readonly refused: number;
  /** Dripping streams that are open. */
  readonly open: number;
  /** Events sent to the group that was asked for. */
  readonly sent: number;
  readonly gone: readonly Gone[];
}

/** The longest queue of connections that wait to be accepted; Linux cuts it to what it allows. */
const BACKLOG = 4096;
/** The model and the user stand in the first bytes of a body. */
const LOOKED_AT = 200;
/** What a stream that has begun takes to its end. */
const REST_MS = 10;

const drips = createDrips();
let refused = 0;

function answer(socket: Socket, { body }: RawRequest): void {
  const start = body.toString('latin1', 0, LOOKED_AT);
  const model = /"model":"([^"]+)"/.exec(start)?.[1] ?? '';
  const [kind = ''] = model.split('-');
  if (kind === 'drip') return drips.add(model, /"user":"([^"]+)"/.exec(start)?.[1] ?? '', socket);
  if (kind === 'flood') return flood(socket);
  if (kind === 'first') return first(socket);
  const reply = REPLIES[kind];
  if (reply === undefined) throw new Error(`There is no reply for '${model}'.`);
  if (kind === 'limited' || kind === 'cold') refused++;
  socket.write(reply);
}

function first(socket: Socket): void {
  socket.write(FIRST_EVENT);
  setTimeout(() => socket.write(STREAM_END), REST_MS);
}

function flood(socket: Socket): void {
  let left: number = FLOOD.events;
  const push = (): void => {
    while (left-- > 0) if (!socket.write(FLOOD.event)) return void socket.once('drain', push);
    socket.write(STREAM_END);
  };
  socket.write(STREAM_HEAD);
  push();
}

const server = createServer({ noDelay: true }, (socket) => readRequests(socket, (request) => answer(socket, request)));
server.listen({ port: 0, host: '127.0.0.1', backlog: BACKLOG }, () => {
  const address = server.address();
  console.log(`listening on http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`);
});
process.on('message', ({ run, end, of = '' }: Order) => {
  if (run !== undefined) drips.run(run);
  if (end !== undefined) drips.end(end);
  const seen: Seen = { refused, open: drips.open, sent: drips.sent(of), gone: drips.gone };
  process.send?.(seen);
});
process.on('disconnect', () => process.exit());
