import { get, type IncomingMessage } from 'node:http';
import { setTimeout as wait } from 'node:timers/promises';
import { chatStream, fieldsOf, type Script, startScriptedUpstream } from '../../../../src/testing/index.ts';
import type { Report } from '../report.ts';
import { type Answer, hello, send } from '../send.ts';
import { AUTH, configOf, KEYS, served, startAttacked } from '../setting.ts';
import type { Attack } from './attack.ts';

const REVOKED = 'spillway-key-that-is-revoked';
const STREAMS = 5;
const MOST_SUBSCRIPTIONS = 100;
const MORE = 5;
const CUT_MS = 2000;
const SEEN_MS = 1000;
const LATEST_MS = 8000;

/** Streams of half a minute, and of two seconds. */
const script: Script = (request) => {
  const user = fieldsOf(request)['user'];
  if (user === 'long') return chatStream({ content: 'word '.repeat(600), delay: 50 });
  if (user === 'short') return chatStream({ content: 'word '.repeat(40), delay: 50 });
  return served(request);
};

interface Subscription {
  readonly status: () => number;
  readonly text: () => string;
  readonly closed: () => boolean;
  readonly close: () => void;
}

/** Opens a subscription over tRPC and reads it. */
function subscribe(url: string, key: string): Subscription {
  let [status, text, closed] = [0, '', false];
  const outgoing = get(`${url}/trpc/limits.watch`, { agent: false, headers: { authorization: `Bearer ${key}` } });
  outgoing.on('response', (response: IncomingMessage) => {
    status = response.statusCode ?? 0;
    response.on('data', (piece: Buffer) => (text += piece.toString()));
    response.on('error', () => undefined);
    response.on('close', () => (closed = true));
  });
  outgoing.on('error', () => (closed = true));
  return { status: () => status, text: () => text, closed: () => closed, close: () => outgoing.destroy() };
}

const isOpen = ({ status, text, closed }: Subscription): boolean =>
  status() === 200 && !closed() && !/invalid_api_key|"error"|serialized-error/.test(text());

async function run(report: Report): Promise<void> {
  await using upstream = await startScriptedUpstream({ script });
  const config = configOf(upstream.baseUrl);
  const keys = [...AUTH.keys, { name: 'revoked', key: REVOKED, role: 'viewer' as const }];
  await using attacked = await startAttacked({ config: { ...config, auth: { keys } } });
  const { gateway, healthy, idle } = attacked;
  const subscriptions = Array.from({ length: STREAMS }, () => subscribe(gateway.url, REVOKED));
  const streamOf = (user: string, key: string): Promise<Answer> =>
    send(gateway.url, { body: hello({ stream: true, user }), key, timeout: LATEST_MS });
  const streams = Array.from({ length: STREAMS }, () => streamOf('long', REVOKED));
  const kept = streamOf('short', KEYS.healthy);
  await wait(SEEN_MS);
  report.oneOf('open subscriptions of the key', subscriptions.filter(isOpen).length, [STREAMS]);

  const revokedAt = performance.now();
  await gateway.reload(JSON.stringify(config));
  const ended = streams.map(async (stream) => ({ ...(await stream), ms: performance.now() - revokedAt }));
  await wait(Math.max(0, revokedAt + CUT_MS - performance.now()));
  report.atMost(
    'a reload without it: subscriptions still open after 2 s',
    subscriptions.filter((each) => !each.closed()).length,
    0,
  );
  const cut = await Promise.all(ended);
  report.atMost('  streams still running after 2 s', cut.filter(({ ms }) => ms > CUT_MS).length, 0);
  for (const code of new Set(cut.map((each) => each.code))) report.oneOf('  streams end with', code, ['key_revoked']);
  const { text } = await kept;
  report.oneOf('  a stream of another key', text.endsWith('[DONE]\n\n') ? 'ends complete' : 'is cut', [
    'ends complete',
  ]);

  const many = Array.from({ length: MOST_SUBSCRIPTIONS + MORE }, () => subscribe(gateway.url, KEYS.viewer));
  await wait(SEEN_MS);
  report.oneOf(`open subscriptions of ${many.length} of one key`, many.filter(isOpen).length, [MOST_SUBSCRIPTIONS]);
  for (const each of [...many, ...subscriptions]) each.close();
  report.count(await gateway.query('read'), idle);
  report.healthy(await healthy.stop());
}

/** Streams and subscriptions of a key that a reload removes, and more subscriptions than a key may have. */
export const REVOKED_ATTACK: Attack = { name: 'revoked', title: '5 open streams of a revoked key', run };
