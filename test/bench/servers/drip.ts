import type { Socket } from 'node:net';
import { monotonic } from '../measure/monotonic.ts';
import { STREAM_HEAD } from './raw-http.ts';
import { STREAM_END, timedEvent } from './replies.ts';

/** A client that disconnected before its stream had ended, and when, in microseconds of the shared clock. */
export type Disconnected = readonly [user: string, at: number];

/** Streams that get an event every 100 ms, in groups that can be run, paused and ended. One timer serves all of them. */
export interface Drips {
  /** Sends the head and the first event at once. */
  add(group: string, user: string, socket: Socket): void;
  /** The groups that get events from now on. */
  run(groups: readonly string[]): void;
  /** Completes all streams of a group, and closes their connections. */
  end(group: string): void;
  /** Streams that are open now. */
  readonly open: number;
  /** Events sent to a group so far. */
  sent(group: string): number;
  readonly disconnected: readonly Disconnected[];
}

const EVERY_MS = 100;
const TICK_MS = 5;
/** The streams are spread over as many turns, so that their events do not come in one burst. */
const TURNS = EVERY_MS / TICK_MS;

interface Group {
  readonly turns: readonly Set<Socket>[];
  added: number;
  sent: number;
}

/** Makes the streams. Their timer runs for the life of the process. */
export function createDrips(): Drips {
  const groups = new Map<string, Group>();
  const disconnected: Disconnected[] = [];
  let open = 0;
  let running: readonly Group[] = [];
  let served = turnNow();

  function groupOf(name: string): Group {
    const found = groups.get(name);
    if (found !== undefined) return found;
    const made = { turns: Array.from({ length: TURNS }, () => new Set<Socket>()), added: 0, sent: 0 };
    groups.set(name, made);
    return made;
  }

  function serve(group: Group, turn: number): void {
    for (const socket of group.turns[turn % TURNS] ?? []) {
      socket.write(timedEvent(monotonic()), 'latin1');
      group.sent++;
    }
  }

  setInterval(() => {
    // A late timer catches up, by one round at most.
    const now = turnNow();
    for (served = Math.max(served + 1, now - TURNS + 1); served <= now; served++)
      for (const group of running) serve(group, served);
    served = now;
  }, TICK_MS);

  return {
    add(name, user, socket) {
      const group = groupOf(name);
      const turn = group.turns[group.added++ % TURNS];
      turn?.add(socket);
      open++;
      group.sent++;
      socket.write(STREAM_HEAD);
      socket.write(timedEvent(monotonic()), 'latin1');
      socket.once('close', () => {
        if (turn?.delete(socket) !== true) return;
        open--;
        disconnected.push([user, monotonic()]);
      });
    },
    run(names) {
      running = names.map(groupOf);
    },
    end(name) {
      for (const turn of groupOf(name).turns) {
        for (const socket of turn) socket.end(STREAM_END);
        open -= turn.size;
        turn.clear();
      }
    },
    get open() {
      return open;
    },
    sent: (name) => groupOf(name).sent,
    disconnected,
  };
}

function turnNow(): number {
  return Math.floor(monotonic() / 1000 / TICK_MS);
}
