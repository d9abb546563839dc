import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { monotonic } from '../measure/monotonic.ts';
import { TIME_DIGITS, TIME_MARK } from '../servers/replies.ts';

/** Many streams that are held open on bare sockets. Dispose closes them. */
export interface HeldStreams extends Disposable {
  /** Connects and asks at an even rate over so many milliseconds, all at once for 0. Resolves once all are asked. */
  open(request: Buffer, many: number, overMs: number): Promise<void>;
  /** Connects, a few at a time, and then asks over all connections at once. Resolves once all are asked. */
  openConnected(request: Buffer, many: number): Promise<void>;
  /** From when each should have been opened to its first event, in milliseconds. */
  readonly firsts: readonly number[];
  /** How long each event was on its way, in milliseconds; emptied by who has read them. */
  readonly delays: number[];
  /** Events so far, the first ones too. */
  readonly events: number;
  /** Streams that ended whole, and those that did not, or were refused. */
  readonly whole: number;
  readonly broken: number;
}

const END = 'data: [DONE]';
/** Connections that are made together: fewer than any server lets wait. */
const AT_A_TIME = 100;
const EMPTY = Buffer.alloc(0);
const TIME_BYTES = TIME_MARK.length + TIME_DIGITS;

/** Streams from a port of loopback, none of them opened yet. */
export function holdStreams(port: number): HeldStreams {
  const sockets: Socket[] = [];
  const firsts: number[] = [];
  const delays: number[] = [];
  const count = { events: 0, whole: 0, broken: 0 };

  function connectOne(): Socket {
    const socket = connect({ port, host: '127.0.0.1', noDelay: true });
    sockets.push(socket);
    socket.on('error', () => undefined);
    return socket;
  }

  function askOne(socket: Socket, request: Buffer, due: number): void {
    let begun = false;
    let over = false;
    /** The end of the last piece, where it may be the beginning of a time. */
    let cut: Buffer = EMPTY;
    socket.write(request);
    socket.on('close', () => {
      if (!over) count.broken++;
    });
    socket.on('data', (came: Buffer) => {
      const now = monotonic();
      const piece = cut.length === 0 ? came : Buffer.concat([cut, came]);
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
      count.whole++;
    });
  }

  return {
    async open(request, many, overMs) {
      const began = performance.now();
      for (let n = 0; n < many; n++) {
        const due = began + (n * overMs) / many;
        const early = due - performance.now();
        if (early > 0) await wait(early);
        askOne(connectOne(), request, due);
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
      for (const socket of open) askOne(socket, request, due);
    },
    firsts,
    delays,
    get events() {
      return count.events;
    },
    get whole() {
      return count.whole;
    },
    get broken() {
      return count.broken;
    },
    [Symbol.dispose]() {
      for (const socket of sockets) socket.destroy();
    },
  };
}
