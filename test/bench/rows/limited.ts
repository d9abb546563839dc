import { setTimeout as wait } from 'node:timers/promises';
import type { ConfigInput } from '../../../src/config/schema.ts';
import { type Connection, openConnection } from '../load/connection.ts';
import { PATHS, shortPrompt, toRequest } from '../load/request.ts';
import { configOf, startGateway } from '../measure/gateway.ts';
import { type Server, startUpstream } from '../measure/processes.ts';
import { added, median, ROUNDS } from '../measure/rounds.ts';
import { defineWork, type Figure, under } from '../measure/work.ts';

/** Pairs of requests in a round. */
const PAIRS = 100;
/** Chains that each have a first entry of their own: four rounds' worth, so that one is asked again only when its cooldown is over. */
const UNKNOWN = 4 * PAIRS;
const WARM_UP_ROUNDS = 3;
const COLD_ENTRIES = 49;
/** The shortest cooldown is a second, and four pauses lie between a chain's turns. */
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
  const began = performance.now();
  await connection.ask(request);
  return performance.now() - began;
}

/** Asks one and the other in turn, alone; the median of each round, and by how much it is more. */
async function compare(server: Server, requests: readonly Buffer[], pauseMs = 0): Promise<Figure> {
  using connection = await openConnection(server.port);
  let asked = 0;
  const [subjects, plains]: [number[], number[]] = [[], []];
  for (let round = -WARM_UP_ROUNDS; round < ROUNDS; round++) {
    const [subject, plain]: [number[], number[]] = [[], []];
    for (let n = 0; n < PAIRS; n++) {
      subject.push(await timed(connection, requests[asked++ % requests.length] ?? PLAIN));
      plain.push(await timed(connection, PLAIN));
    }
    if (round >= 0) {
      subjects.push(median(subject));
      plains.push(median(plain));
    }
    await wait(pauseMs);
  }
  return { value: added(subjects, plains), note: `to ${median(plains).toFixed(2)} ms without` };
}

/** What limited entries cost a request that the last entry answers. */
export const LIMITED = defineWork({
  name: 'limited',
  rows: {
    cooling: { label: 'a first entry that is cooling down: added, p50', unit: 'ms', target: under(0.1) },
    unknown: { label: 'a first entry that answers 429 each time: added, p50', unit: 'ms', target: under(1) },
    chain: { label: `a chain of 50, ${COLD_ENTRIES} of them cooling down: added, p50`, unit: 'ms', target: under(0.2) },
  },
  async measure() {
    await using upstream = await startUpstream();
    await using gateway = await startGateway(configOf(upstream.url, CHAINS));
    const [one, many] = ['one-cold', 'many-cold'].map(requestOf);
    if (one === undefined || many === undefined) throw new Error('There are no requests.');
    using connection = await openConnection(gateway.port);
    await connection.ask(one);
    await connection.ask(many);
    const refused = async (): Promise<number> => (await upstream.ask({})).refused;
    const known = await refused();
    const cooling = await compare(gateway, [one]);
    const chain = await compare(gateway, [many]);
    if (known !== COLD_ENTRIES + 1 || (await refused()) !== known)
      throw new Error('An entry was asked while it cooled.');
    const unknownRequests = Array.from({ length: UNKNOWN }, (_, n) => requestOf(`unknown-${n}`));
    const unknown = await compare(gateway, unknownRequests, PAUSE_MS);
    const met = (await refused()) - known;
    const wanted = (ROUNDS + WARM_UP_ROUNDS) * PAIRS;
    if (met !== wanted) throw new Error(`${met} of ${wanted} requests met a 429.`);
    return { cooling, unknown, chain };
  },
});
