import { CHAOS, startChaos } from '../testing/chaos.ts';
import type { Flags } from './flags.ts';
import { listen } from './listen.ts';
import { untilSignal } from './until-signal.ts';

const PORT = 4242;

/** Serves the chaos upstream until SIGTERM or SIGINT. */
export async function chaos({ host = '127.0.0.1', port = PORT }: Flags): Promise<void> {
  await using upstream = await listen({ host, port }, () => startChaos({ host, port }));
  process.stdout.write(`chaos upstream on ${upstream.baseUrl}\nmodels: ${Object.keys(CHAOS).join(', ')}\n`);
  await untilSignal();
}
