// The upstream of the benchmark, on bare sockets: the first word of the model's name selects its reply. It takes orders from its parent and
// replies to each with its counts.
import { createServer, type Socket } from 'node:net';
import { createDrips, type Disconnected } from './drip.ts';
import { type RawRequest, readRequests, STREAM_HEAD } from './raw-http.ts';
import { FIRST_EVENT, FLOOD, REPLIES, STREAM_END } from './replies.ts';

/** An order of the parent: which groups of streams get events from now on, or that a group ends. */
export interface Order {
  readonly run?: readonly string[];
  readonly end?: string;
  /** The group whose events are reported. */
  readonly of?: string;
}

/** The counts of the upstream so far. */
export interface Seen {
  /** Requests that were refused with a 429. */
  readonly refused: number;
  /** Dripping streams that are open. */
  readonly open: number;
  /** Events sent to the group `of`. */
  readonly sent: number;
  readonly disconnected: readonly Disconnected[];
}

/** Longest queue of connections to accept; Linux limits it to its own maximum. */
const BACKLOG = 4096;
/** The model and the user are in this many first bytes of a body. */
const SEARCHED_BYTES = 200;
/** Time from a stream's first event to its end. */
const REST_MS = 10;

/** Time until an answer of `slow`. */
const SLOW_MS = 200;

const drips = createDrips();
let refused = 0;

function answer(socket: Socket, { body }: RawRequest): void {
  const start = body.toString('latin1', 0, SEARCHED_BYTES);
  const model = /"model":"([^"]+)"/.exec(start)?.[1] ?? '';
  const [kind = ''] = model.split('-');
  if (kind === 'drip') return drips.add(model, /"user":"([^"]+)"/.exec(start)?.[1] ?? '', socket);
  if (kind === 'flood') return flood(socket);
  if (kind === 'first') return first(socket);
  if (kind === 'slow') return void setTimeout(() => socket.write(REPLIES['json'] ?? ''), SLOW_MS);
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
  let remaining: number = FLOOD.events;
  const push = (): void => {
    while (remaining-- > 0) if (!socket.write(FLOOD.event)) return void socket.once('drain', push);
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
  const seen: Seen = { refused, open: drips.open, sent: drips.sent(of), disconnected: drips.disconnected };
  process.send?.(seen);
});
process.on('disconnect', () => process.exit());
