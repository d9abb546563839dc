import { RedisServer } from '../../helpers/redis.ts';
import { openClosedLoop } from '../load/closed-loop.ts';
import { openConnection } from '../load/connection.ts';
import { PATHS, shortPrompt, toRequest } from '../load/request.ts';
import { cpuOfEach } from '../measure/cpu.ts';
import { configOf, startGateway } from '../measure/gateway.ts';
import { atMost, definePart, type Figure } from '../measure/part.ts';
import { type Server, startUpstream } from '../measure/processes.ts';
import { added, inTurns, median } from '../measure/rounds.ts';

const CLIENTS = 64;
const REQUESTS = 1500;
const SINGLES = 200;
const WARM_UPS = 10;
const REQUEST = toRequest(PATHS.rest, { model: 'json', messages: shortPrompt(900) });

/** What limits in Redis cost beside limits in memory. */
export const SHARED = definePart({
  name: 'shared',
  rows: {
    cpu: { label: 'JSON, 64 clients, limits in Redis: CPU beside memory', unit: 'us', target: atMost(40) },
    few: { label: '  4 clients', unit: 'us', target: atMost(100) },
    time: { label: '  one client: added time, p50', unit: 'ms', target: atMost(0.5) },
  },
  async measure() {
    await using upstream = await startUpstream();
    await using redis = await RedisServer.start();
    const config = configOf(upstream.url);
    await using shared = await startGateway({ ...config, state: { redis: redis.url() } });
    await using own = await startGateway(config);
    using sharedMany = await openClosedLoop(shared.port, CLIENTS);
    using ownMany = await openClosedLoop(own.port, CLIENTS);
    using sharedFew = await openClosedLoop(shared.port, 4);
    using ownFew = await openClosedLoop(own.port, 4);
    const costs = await inTurns<'shared' | 'own' | 'sharedFew' | 'ownFew' | 'sharedTime' | 'ownTime', number>(
      {
        shared: () => cpuOfEach(shared, REQUESTS, () => sharedMany.run(REQUEST, REQUESTS)),
        own: () => cpuOfEach(own, REQUESTS, () => ownMany.run(REQUEST, REQUESTS)),
        sharedFew: () => cpuOfEach(shared, REQUESTS, () => sharedFew.run(REQUEST, REQUESTS)),
        ownFew: () => cpuOfEach(own, REQUESTS, () => ownFew.run(REQUEST, REQUESTS)),
        sharedTime: () => timeOfOne(shared),
        ownTime: () => timeOfOne(own),
      },
      { warmUps: WARM_UPS },
    );
    return {
      cpu: difference(costs.shared, costs.own, 0),
      few: difference(costs.sharedFew, costs.ownFew, 0),
      time: difference(costs.sharedTime, costs.ownTime, 2),
    };
  },
});

/** The median time of a request of a client alone, in milliseconds. */
async function timeOfOne({ port }: Server): Promise<number> {
  using connection = await openConnection(port);
  const times: number[] = [];
  for (let sent = 0; sent < SINGLES; sent++) {
    const since = performance.now();
    await connection.send(REQUEST);
    times.push(performance.now() - since);
  }
  return median(times);
}

function difference(shared: readonly number[], own: readonly number[], digits: number): Figure {
  return {
    value: added(shared, own),
    note: `${median(shared).toFixed(digits)}, in memory ${median(own).toFixed(digits)}`,
  };
}
