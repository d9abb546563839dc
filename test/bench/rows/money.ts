import type { ConfigInput } from '../../../src/config/schema.ts';
import { openClosedLoop } from '../load/closed-loop.ts';
import { ENDS, PATHS, shortPrompt, toRequest } from '../load/request.ts';
import { cpuOfEach } from '../measure/cpu.ts';
import { configOf, KEY, startGateway } from '../measure/gateway.ts';
import { atMost, definePart } from '../measure/part.ts';
import { startUpstream } from '../measure/processes.ts';
import { inTurns, median, ratio } from '../measure/rounds.ts';

const CLIENTS = 64;
/** So many that garbage collection and V8's compilation are in every figure alike. */
const REQUESTS = 1500;
const WARM_UPS = 10;
const PROMPT = shortPrompt(900);
/** Limits and an amount that are counted and never reached. */
const LIMITS = { requestsPerMinute: 1e9, tokensPerMinute: 1e12, requestsPerDay: 1e10, concurrency: 1e6 } as const;
const BUDGETS = [{ amount: 1_000_000, period: 'month' }] as const;

/** The configuration of the other parts with prices, or the same whose key and tenant also have limits and budgets. */
function configWith(upstream: string, limited: boolean): ConfigInput {
  const config = configOf(upstream);
  const own = limited ? { limits: LIMITS, budgets: BUDGETS } : {};
  const models = { '*': { limits: LIMITS, price: { input: 1, output: 10 } } };
  const providers = Object.entries(config.providers).map(([name, provider]) => [name, { ...provider, models }]);
  return {
    ...config,
    auth: { keys: [{ name: 'bench', key: KEY, tenant: 'acme', ...own }] },
    tenants: { acme: own },
    providers: Object.fromEntries(providers),
    store: { url: 'sqlite:./spillway.db' },
  } as ConfigInput;
}

const JSON_REQUEST = toRequest(PATHS.rest, { model: 'json', messages: PROMPT, max_tokens: 100 });
const STREAM_REQUEST = toRequest(PATHS.rest, { model: 'stream', stream: true, messages: PROMPT, max_tokens: 1000 });

const noteOf = (own: readonly number[], baseline: readonly number[]): string =>
  `${median(own).toFixed(0)} us, without them ${median(baseline).toFixed(0)} us`;

/** What limits and budgets of a key and its tenant cost each request, the writes of what was spent included. */
export const MONEY = definePart({
  name: 'money',
  rows: {
    json: { label: 'JSON, 1 KB, limits and budgets of key and tenant: CPU', unit: 'x', target: atMost(1.05) },
    stream: { label: '  a stream of 64 events', unit: 'x', target: atMost(1.02) },
  },
  async measure() {
    await using upstream = await startUpstream();
    await using plain = await startGateway(configWith(upstream.url, false));
    await using limited = await startGateway(configWith(upstream.url, true));
    using toPlain = await openClosedLoop(plain.port, CLIENTS);
    using toLimited = await openClosedLoop(limited.port, CLIENTS);
    const { REST } = ENDS;
    const costs = await inTurns(
      {
        plainJson: () => cpuOfEach(plain, REQUESTS, () => toPlain.run(JSON_REQUEST, REQUESTS)),
        json: () => cpuOfEach(limited, REQUESTS, () => toLimited.run(JSON_REQUEST, REQUESTS)),
        plainStream: () => cpuOfEach(plain, REQUESTS, () => toPlain.run(STREAM_REQUEST, REQUESTS, REST)),
        stream: () => cpuOfEach(limited, REQUESTS, () => toLimited.run(STREAM_REQUEST, REQUESTS, REST)),
      },
      { warmUps: WARM_UPS },
    );
    return {
      json: { value: ratio(costs.json, costs.plainJson), note: noteOf(costs.json, costs.plainJson) },
      stream: { value: ratio(costs.stream, costs.plainStream), note: noteOf(costs.stream, costs.plainStream) },
    };
  },
});
