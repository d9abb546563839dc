import { openAbortScope } from '../../../src/lib/abort.ts';
import type { ReplyHead } from '../../../src/upstream/transport.ts';
import { type Arrival, callOf, idOf } from './arrivals.ts';
import type { Subject, World } from './day.ts';
import type { Vendor } from './vendor.ts';

const ignore = (): void => undefined;
/** A 429 without a hint, in milliseconds. */
const COOLDOWN_MS = 60_000;

/** The yardstick: the same chain by who learns by failing alone. He counts nothing, and after a 429 waits for as long as `retry-after` says. */
export function openNoLedger({ clock, vendors, transport }: World): Subject {
  const until = new Map<Vendor, number>();

  function exchange({ row }: Vendor, arrival: Arrival, signal: AbortSignal): Promise<ReplyHead | undefined> {
    const { promise, resolve } = Promise.withResolvers<ReplyHead | undefined>();
    const origin = `https://${row.host}`;
    const request = {
      endpoint: { origin, private: false, ca: undefined, id: origin },
      path: '/v1/chat/completions',
      method: 'POST',
      headers: { 'x-request-id': idOf(arrival) },
      body: callOf(arrival).bytes,
    } as const;
    let head: ReplyHead | undefined;
    const asked = transport(request, {
      started: ignore,
      head: (told) => (head = told),
      data: ignore,
      end: () => resolve(head),
      failed: ignore,
    });
    signal.addEventListener('abort', () => {
      asked.abort(new Error('left'));
      resolve(undefined);
    });
    return promise;
  }

  const subject: Subject = {
    async ask(arrival) {
      const caller = openAbortScope();
      const asked: string[] = [];
      using _leaves = clock.timer(arrival.leavesAfter ?? 2 ** 30, () => caller.abort('client_closed'));
      for (const vendor of vendors) {
        if ((until.get(vendor) ?? 0) > clock.now()) continue;
        asked.push(vendor.row.provider);
        const head = await exchange(vendor, arrival, caller.signal);
        if (head === undefined) return { kind: 'left', asked };
        if (head.status === 200) return { kind: 'served', asked, by: vendor.row.provider };
        const told = Number(head.headers['retry-after']) * 1000;
        if (head.status === 429) until.set(vendor, clock.now() + (told > 0 ? told : COOLDOWN_MS));
      }
      return { kind: 'refused', asked, mayComeBack: true };
    },
    restarted: () => subject,
  };
  return subject;
}
