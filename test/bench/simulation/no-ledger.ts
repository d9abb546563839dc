import { openAbortScope } from '../../../src/lib/abort.ts';
import type { ReplyHead } from '../../../src/upstream/transport.ts';
import { type Arrival, callOf, idOf } from './arrivals.ts';
import type { Subject, World } from './day.ts';
import type { Provider } from './provider.ts';

const ignore = (): void => undefined;
/** Cooldown after a 429 without a hint, in milliseconds. */
const COOLDOWN_MS = 60_000;

/** The baseline: a client of the same chain that learns only from failures. It counts nothing, and after a 429 waits for `retry-after`. */
export function openNoLedger({ clock, providers, transport }: World): Subject {
  const retryAt = new Map<Provider, number>();

  function exchange({ row }: Provider, arrival: Arrival, signal: AbortSignal): Promise<ReplyHead | undefined> {
    const { promise, resolve } = Promise.withResolvers<ReplyHead | undefined>();
    const origin = `https://${row.host}`;
    const request = {
      endpoint: { origin, private: false, ca: undefined, id: origin },
      path: '/v1/chat/completions',
      method: 'POST',
      headers: { 'x-request-id': idOf(arrival) },
      body: callOf(arrival).body.bytes,
    } as const;
    let head: ReplyHead | undefined;
    const running = transport(request, {
      started: ignore,
      head: (received) => (head = received),
      data: ignore,
      end: () => resolve(head),
      failed: ignore,
    });
    signal.addEventListener('abort', () => {
      running.abort(new Error('disconnected'));
      resolve(undefined);
    });
    return promise;
  }

  const subject: Subject = {
    async serve(arrival) {
      const client = openAbortScope();
      const attempts: string[] = [];
      using _disconnect = clock.timer(arrival.disconnectsAfter ?? 2 ** 30, () => client.abort('client_closed'));
      for (const provider of providers) {
        if ((retryAt.get(provider) ?? 0) > clock.now()) continue;
        attempts.push(provider.row.name);
        const head = await exchange(provider, arrival, client.signal);
        if (head === undefined) return { kind: 'disconnected', attempts };
        if (head.status === 200) return { kind: 'served', attempts, by: provider.row.name };
        const wait = Number(head.headers['retry-after']) * 1000;
        if (head.status === 429) retryAt.set(provider, clock.now() + (wait > 0 ? wait : COOLDOWN_MS));
      }
      return { kind: 'refused', attempts, retryAllowed: true };
    },
    restarted: () => subject,
  };
  return subject;
}
