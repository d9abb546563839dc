// The gateway under measure, with keys and a listener on its events switched on.
import { createGateway } from '../../src/gateway.ts';
import { serverSettings } from '../../src/config/server-settings.ts';
import { createServer } from '../../src/http/server.ts';
import { systemClock } from '../../src/lib/clock.ts';
import { report } from './child.ts';

const finished = { count: 0 };
const gateway = await createGateway(
  {
    auth: { keys: [{ name: 'bench', key: 'sk-bench' }] },
    providers: { up: { baseUrl: `${process.argv[2]}/v1`, apiKey: 'sk-x' } },
    chains: { bench: { entries: ['up/bench'] } },
  },
  { environment: {}, onEvent: (event) => void (finished.count += Number(event.kind === 'request_finished')) },
);
await report(
  createServer({
    doors: gateway.doors,
    clock: systemClock,
    settings: serverSettings(gateway.config),
    originRules: () => undefined,
  }),
);
