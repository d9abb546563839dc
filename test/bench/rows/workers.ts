import { type ClosedLoop, openClosedLoop } from '../load/closed-loop.ts';
import { PATHS, shortPrompt, toRequest } from '../load/request.ts';
import { type Command, startCommand } from '../measure/command.ts';
import { configOf } from '../measure/gateway.ts';
import { nodeOnServerCore } from '../measure/machine.ts';
import { atMost, definePart, type Part } from '../measure/part.ts';
import { startUpstream } from '../measure/processes.ts';
import { inTurns, median, ratio } from '../measure/rounds.ts';

const COUNT = 2;
/** For each process that serves. */
const CLIENTS = 64;
const REQUESTS = 384;
const WARM_UP = 8000;
const REQUEST = toRequest(PATHS.rest, { model: 'json', messages: shortPrompt(900) });

/** CPU of all processes per request where two workers serve, compared with one process; and how evenly the workers are used. */
export const WORKERS: Part = definePart({
  name: 'workers',
  rows: {
    cpu: { label: `JSON, 1 KB in and out, ${COUNT} workers: CPU`, unit: 'x', target: atMost(1.1) },
    spread: { label: '  requests of a worker beside an even share: difference', unit: '%', target: atMost(10) },
  },
  async measure() {
    await using upstream = await startUpstream();
    const config = configOf(upstream.url);
    // All on one core, so that only the work itself is compared.
    await using alone = await startCommand('checkout', config, nodeOnServerCore);
    await using shared = await startCommand('checkout', { ...config, server: { workers: COUNT } }, nodeOnServerCore);
    using toAlone = await openClosedLoop(alone.port, CLIENTS);
    using toShared = await openClosedLoop(shared.port, CLIENTS * COUNT);
    const { one, all } = await inTurns<'one' | 'all', number>(
      { one: () => cpuOfEach(alone, toAlone, REQUESTS), all: () => cpuOfEach(shared, toShared, REQUESTS * COUNT) },
      { warmUps: Math.ceil(WARM_UP / REQUESTS) },
    );
    return {
      cpu: { value: ratio(all, one), note: `${median(all).toFixed(0)} us, one process ${median(one).toFixed(0)} us` },
      spread: spreadOf(shared.printed()),
    };
  },
});

async function cpuOfEach(command: Command, load: ClosedLoop, requests: number): Promise<number> {
  const before = command.cpu();
  await load.run(REQUEST, requests);
  return (command.cpu() - before) / requests;
}

/** From the log, which names the worker of each request. */
function spreadOf(printed: string): { readonly value: number; readonly note: string } {
  const counts = Array.from({ length: COUNT }, (_, index) => printed.split(`"worker":${index + 1},`).length - 1);
  const even = counts.reduce((sum, count) => sum + count, 0) / COUNT;
  const value = (Math.max(...counts.map((count) => Math.abs(count - even))) / even) * 100;
  return { value, note: `${counts.join(' and ')} requests` };
}
