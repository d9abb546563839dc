import { redisTarget } from '../../src/config/redis-address.ts';
import { serverSettings } from '../../src/config/server-settings.ts';
import { createGateway } from '../../src/gateway/open.ts';
import { createServer } from '../../src/http/server.ts';
import { systemClock } from '../../src/lib/clock.ts';
import { untilSignal } from '../../src/cli/until-signal.ts';
import { openSharedRuns } from '../../src/runs/redis/open-shared-runs.ts';

// A gateway that shares its runs, in a process of its own: `node replica-program.ts REDIS PROVIDER`. It ends as the command does.
const [redis = '', baseUrl = ''] = process.argv.slice(2);
const sharedRuns = await openSharedRuns({
  redis: { kind: 'server', ...redisTarget(redis) },
  prefix: 'test',
  clock: systemClock,
});
const gateway = await createGateway(
  {
    providers: { a: { baseUrl: `${new URL(baseUrl).origin}/v1`, apiKey: 'sk-upstream-secret-0123456789' } },
    chains: { default: { entries: ['a/model-a'] } },
  },
  { environment: {}, sharedRuns },
);
const app = createServer({
  doors: gateway.doors,
  clock: systemClock,
  settings: serverSettings(gateway.config),
  originRules: () => ({ host: '127.0.0.1', origins: [] }),
  draining: () => gateway.draining,
});
process.stdout.write(`serves ${await app.listen({ host: '127.0.0.1', port: 0 })}\n`);
await untilSignal();
gateway.drain();
await new Promise((resolve) => void systemClock.timer(1000, () => resolve(undefined)));
const closed = app.close();
await gateway.close(30_000);
app.server.closeAllConnections();
await closed;
