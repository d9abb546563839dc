import { once } from 'node:events';
import { Agent } from 'node:http';
import { connect, type Socket } from 'node:net';
import { chatCompletion, fieldsOf, type Script, startScriptedUpstream } from '../../../../src/testing/index.ts';
import { until } from '../../measure/until.ts';
import { type HostileGateway, startHostile } from '../gateway.ts';
import { CLIENTS as HEALTHY, startHealthy } from '../healthy.ts';
import type { Report } from '../report.ts';
import { type Answer, hello, send } from '../send.ts';
import { baseline, configOf, KEYS, served, warm } from '../setting.ts';
import type { Attack } from './attack.ts';

const FILES = 128;
/** Connections of clients that have a request; the gateway has no files left for as many to the provider. */
const CLIENTS = 30;
const LEFT = 4;
const DELAY_MS = 500;
const LATEST_MS = 5000;

const script: Script = (request) =>
  fieldsOf(request)['user'] === 'held'
    ? { ...chatCompletion({ content: 'served' }), delay: DELAY_MS }
    : served(request);

async function run(report: Report): Promise<void> {
  await using upstream = await startScriptedUpstream({ script });
  await using calm = await startScriptedUpstream({ script });
  const { providers, chains } = configOf(upstream.baseUrl);
  const config = configOf(upstream.baseUrl, {
    providers: { ...providers, calm: { baseUrl: calm.baseUrl, apiKey: 'sk-calm' } },
    chains: { ...chains, calm: { entries: ['calm/m'] } },
  });
  await using gateway = await startHostile({ config, files: FILES });
  await warm(gateway);
  const agent = new Agent({ keepAlive: true, maxSockets: CLIENTS });
  const all = (body: string, count = CLIENTS): Promise<readonly Answer[]> =>
    Promise.all(Array.from({ length: count }, () => send(gateway.url, { body, key: KEYS.attacker, agent })));
  // The healthy clients need no new connection, neither to the gateway nor to their provider.
  await all(hello({ model: 'calm', user: 'held' }), 2 * HEALTHY);
  const healthy = startHealthy(() => gateway.url, KEYS.healthy, 'calm');
  const idle = await baseline(gateway);
  await all('{}');
  const idlers = await fill(gateway);
  await gateway.query('mark');
  report.note(`open files of the gateway, of ${FILES}`, gateway.openFiles() ?? 'unknown');
  const answers = await all(hello({ user: 'held' }));
  const count = (wanted: string): number => answers.filter(({ status, code }) => `${status} ${code}` === wanted).length;
  const refused = count('503 overloaded');
  report.note(`${CLIENTS} requests without files to connect`, [...new Set(answers.map(({ code }) => code))].join(', '));
  report.atMost('  neither answered nor a 503 overloaded', CLIENTS - count('200 ok') - refused, 0);
  report.oneOf('  refused', refused > 0 ? 'some' : 'none', ['some']);

  for (const socket of idlers) socket.destroy();
  agent.destroy();
  await until(() => (gateway.openFiles() ?? 0) < FILES / 2, LATEST_MS);
  report.oneOf('the entry after that', await stateOf(gateway.url), ['ready']);
  const { status } = await send(gateway.url, { body: hello(), key: KEYS.attacker });
  report.oneOf('  a request', status, [200]);
  const lines = gateway.log().split('\n');
  const named = lines.filter((line) => /E[MN]FILE|descriptor/.test(line) && !line.includes('"msg":"request"'));
  report.atMost('  lines of the log about it', named.length, 1);
  report.count(await gateway.query('read'), idle);
  report.healthy(await healthy.stop());
  report.oneOf('the process', gateway.ended() ?? 'runs on', ['runs on']);
}

/** Opens connections until the gateway has nearly as many files as it may have. */
async function fill(gateway: HostileGateway): Promise<readonly Socket[]> {
  const port = Number(new URL(gateway.url).port);
  const idlers: Socket[] = [];
  while ((gateway.openFiles() ?? FILES) < FILES - LEFT) {
    const before = gateway.openFiles();
    const socket = connect(port, '127.0.0.1').on('error', () => undefined);
    await once(socket, 'connect');
    idlers.push(socket);
    await until(() => gateway.openFiles() !== before, LATEST_MS);
  }
  return idlers;
}

/** The state of the entry of the first chain. */
async function stateOf(url: string): Promise<string> {
  const response = await fetch(`${url}/v1/chains/status`, { headers: { authorization: `Bearer ${KEYS.viewer}` } });
  const { data } = (await response.json()) as {
    readonly data: readonly { readonly entries: readonly { readonly state: string }[] }[];
  };
  return data[0]?.entries[0]?.state ?? 'unknown';
}

/** More connections than the process may open files. */
export const DESCRIPTORS_ATTACK: Attack = { name: 'descriptors', title: '8 no file descriptors left', run };
