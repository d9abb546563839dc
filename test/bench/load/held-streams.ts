import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { monotonic } from '../measure/monotonic.ts';
import { TIME_DIGITS, TIME_MARK } from '../servers/replies.ts';

/** Many streams that are held open on bare sockets. Dispose closes them. */
export interface HeldStreams extends Disposable {
  /** Connects and sends requests at an even rate over `overMs` milliseconds, all at once for 0. Resolves once all are sent. */
  open(request: Buffer, many: number, overMs: number): Promise<void>;
  /** Connects, a few at a time, and then sends over all connections at once. Resolves once all are sent. */
  openConnected(request: Buffer, many: number): Promise<void>;
  /** Time from when each stream should have been opened to its first event, in milliseconds. */
  readonly firsts: readonly number[];
  /** Time from an event's sending to its arrival, in milliseconds; emptied by the reader. */
  readonly delays: number[];
  /** Number of events so far, first ones included. */
  readonly events: number;
  /** Streams that ended complete, and those that did not, or were refused. */
  readonly complete: number;
  readonly broken: number;
}

const END = 'data: [DONE]';
/** Connections that are made together: fewer than any server's backlog. */
const AT_A_TIME = 100;
const EMPTY = Buffer.alloc(0);
const TIME_BYTES = TIME_MARK.length + TIME_DIGITS;

/** Streams from a port of loopback. None of them is open yet. */
export function holdStreams(port: number): HeldStreams {
  const sockets: Socket[] = [];
  const firsts: number[] = [];
  const delays: number[] = [];
  const count = { events: 0, complete: 0, broken: 0 };

  function connectOne(): Socket {
    const socket = connect({ port, host: '127.0.0.1', noDelay: true });
    sockets.push(socket);
    socket.on('error', () => undefined);
    return socket;
  }

  function sendOne(socket: Socket, request: Buffer, due: number): void {
    let begun = false;
    let over = false;
    /** The end of the last piece, which may be the beginning of a time. */
    let cut: Buffer = EMPTY;
    socket.write(request);
    socket.on('close', () => {
      if (!over) count.broken++;
    });
    socket.on('data', (data: Buffer) => {
      const now = monotonic();
      const piece = cut.length === 0 ? data : Buffer.concat([cut, data]);
      let read = Math.max(0, piece.length - TIME_BYTES);
      for (let at = piece.indexOf(TIME_MARK); at >= 0; at = piece.indexOf(TIME_MARK, at + 1)) {
        if (at + TIME_BYTES > piece.length) break;
        read = Math.max(read, at + TIME_BYTES);
        const from = at + TIME_MARK.length;
        delays.push((now - Number(piece.toString('latin1', from, from + TIME_DIGITS))) / 1000);
        count.events++;
        if (!begun) firsts.push(performance.now() - due);
        begun = true;
      }
      cut = piece.subarray(read);
      if (over || !piece.includes(END)) return;
      over = true;
      count.complete++;
    });
  }

  return {
    async open(request, many, overMs) {
      const startedAt = performance.now();
      for (let n = 0; n < many; n++) {
        const due = startedAt + (n * overMs) / many;
        const early = due - performance.now();
        if (early > 0) await wait(early);
        sendOne(connectOne(), request, due);
      }
    },
    async openConnected(request, many) {
      const open: Socket[] = [];
      while (open.length < many) {
        const few = Array.from({ length: AT_A_TIME }, connectOne);
        await Promise.all(few.map((socket) => once(socket, 'connect')));
        open.push(...few);
      }
      const due = performance.now();
      for (const socket of open) sendOne(socket, request, due);
    },
    firsts,
    delays,
    get events() {
      return count.events;
    },
    get complete() {
      return count.complete;
    },
    get broken() {
      return count.broken;
    },
    [Symbol.dispose]() {
      for (const socket of sockets) socket.destroy();
    },
  };
}
