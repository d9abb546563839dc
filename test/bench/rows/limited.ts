import { setTimeout as wait } from 'node:timers/promises';
import type { ConfigInput } from '../../../src/config/schema.ts';
import { type Connection, openConnection } from '../load/connection.ts';
import { PATHS, shortPrompt, toRequest } from '../load/request.ts';
import { configOf, startGateway } from '../measure/gateway.ts';
import { type Server, startUpstream } from '../measure/processes.ts';
import { added, median, ROUNDS } from '../measure/rounds.ts';
import { definePart, type Figure, under } from '../measure/part.ts';

/** Pairs of requests in a round. */
const PAIRS = 100;
/** Chains that each have a first entry of their own: enough for four rounds, so that each is used again only after its cooldown. */
const UNKNOWN = 4 * PAIRS;
const WARM_UP_ROUNDS = 3;
const COLD_ENTRIES = 49;
/** The shortest cooldown is a second, and there are four pauses between two uses of a chain. */
const PAUSE_MS = 300;

const CHAINS: ConfigInput['chains'] = {
  plain: { entries: ['up/json'] },
  'one-cold': { entries: ['busy/cold', 'up/json'] },
  'many-cold': { entries: [...Array.from({ length: COLD_ENTRIES }, (_, n) => `busy/cold-${n}`), 'up/json'] },
  ...Object.fromEntries(
    Array.from({ length: UNKNOWN }, (_, n) => [`unknown-${n}`, { entries: [`busy/limited-${n}`, 'up/json'] }]),
  ),
};

const requestOf = (model: string): Buffer => toRequest(PATHS.rest, { model, messages: shortPrompt(900) });
const PLAIN = requestOf('plain');

async function timed(connection: Connection, request: Buffer): Promise<number> {
  const startedAt = performance.now();
  await connection.send(request);
  return performance.now() - startedAt;
}

/** Sends `requests` and plain ones in turn, one at a time. The result is the median difference over the rounds. */
async function compare(server: Server, requests: readonly Buffer[], pauseMs = 0): Promise<Figure> {
  using connection = await openConnection(server.port);
  let sent = 0;
  const [subjects, plains]: [number[], number[]] = [[], []];
  for (let round = -WARM_UP_ROUNDS; round < ROUNDS; round++) {
    const [subject, plain]: [number[], number[]] = [[], []];
    for (let n = 0; n < PAIRS; n++) {
      subject.push(await timed(connection, requests[sent++ % requests.length] ?? PLAIN));
      plain.push(await timed(connection, PLAIN));
    }
    if (round >= 0) {
      subjects.push(median(subject));
      plains.push(median(plain));
    }
    await wait(pauseMs);
  }
  return { value: added(subjects, plains), note: `${median(plains).toFixed(2)} ms without it` };
}

/** Time that limited entries add to a request that the last entry answers. */
export const LIMITED = definePart({
  name: 'limited',
  rows: {
    cooling: { label: 'first entry is cooling down: added time, p50', unit: 'ms', target: under(0.1) },
    unknown: { label: 'first entry replies 429 each time: added time, p50', unit: 'ms', target: under(1) },
    chain: {
      label: `chain of 50 entries, ${COLD_ENTRIES} cooling down: added time, p50`,
      unit: 'ms',
      target: under(0.2),
    },
  },
  async measure() {
    await using upstream = await startUpstream();
    await using gateway = await startGateway(configOf(upstream.url, CHAINS));
    const [one, many] = ['one-cold', 'many-cold'].map(requestOf);
    if (one === undefined || many === undefined) throw new Error('There are no requests.');
    using connection = await openConnection(gateway.port);
    await connection.send(one);
    await connection.send(many);
    const refused = async (): Promise<number> => (await upstream.query({})).refused;
    const known = await refused();
    const cooling = await compare(gateway, [one]);
    const chain = await compare(gateway, [many]);
    if (known !== COLD_ENTRIES + 1 || (await refused()) !== known)
      throw new Error('A request was sent to an entry that was cooling down.');
    const unknownRequests = Array.from({ length: UNKNOWN }, (_, n) => requestOf(`unknown-${n}`));
    const unknown = await compare(gateway, unknownRequests, PAUSE_MS);
    const replies = (await refused()) - known;
    const wanted = (ROUNDS + WARM_UP_ROUNDS) * PAIRS;
    if (replies !== wanted) throw new Error(`${replies} of ${wanted} requests got a 429.`);
    return { cooling, unknown, chain };
  },
});
