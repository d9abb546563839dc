import { expect, test } from 'vitest';
import { prettyLine } from '../../src/cli/pretty-line.ts';
import { logEvents } from '../../src/observe/log.ts';
import { type Reply, type ScriptedRequest, sse } from '../../src/testing/index.ts';
import { HI, ROLE, STREAM } from '../doors/replies.ts';
import { ENCODINGS, leaked } from '../helpers/encodings.ts';
import { post, startRig } from '../helpers/gateway.ts';

/** Secrets of each kind. Random, so that no rule for the shape of keys finds them. */
const SECRETS = {
  'the key of the provider': 'Zq7canaryProvider04f9a7c21XwLmN83',
  'the key of another provider': 'b81f-canary-second-77aa90c3e2d5',
  'a header of the provider': 'canary_header_Value/9+k2m4n6p8',
  'the client’s key': 'canaryCaller13ce55Rt7uV9wXyZ1a2',
  'the key of another client': 'Other.canary.90bd7f3e5c1a8842',
  'the password of a proxy': 'pr0xy-canary-Pa55w0rd-6d4c2b',
};

/** How much of a secret is shown. */
const CUTS = [(secret: string) => secret, (secret: string) => secret.slice(4)];

/** Where a provider may put a text. */
const PLACES: readonly ((text: string) => Reply)[] = [
  (text) => ({ status: 400, body: { error: { message: `Bad key ${text}.`, type: text, param: text, code: text } } }),
  (text) => ({ status: 500, body: { error: `Sent header "authorization: ${text}"` } }),
  (text) => ({ status: 422, body: { detail: [{ loc: ['header', text], msg: `no ${text}`, input: text }] } }),
  (text) => ({ status: 500, headers: { 'content-type': 'text/plain' }, body: `upstream: ${text}` }),
  (text) => ({ status: 500, body: { message: JSON.stringify({ error: { message: JSON.stringify({ key: text }) } }) } }),
  (text) => ({ status: 200, body: { error: { message: `failed with ${text}`, code: 500 } } }),
  (text) => ({ headers: STREAM, chunks: [sse({ error: { message: `failed with ${text}`, code: text } })] }),
  (text) => ({ headers: STREAM, chunks: [ROLE, HI, sse({ error: { message: `failed with ${text}`, type: text } })] }),
];

interface Case {
  readonly name: string;
  readonly reply: Reply;
  readonly shown: string;
  readonly neutral: string;
  readonly stream: boolean;
}

/** Each secret in each encoding, in places in turn, until there are 720 failing calls. */
function casesOf(count: number): Case[] {
  const cases: Case[] = [];
  for (let round = 0; cases.length < count; round++)
    for (const [what, secret] of Object.entries(SECRETS))
      for (const [how, encode] of Object.entries(ENCODINGS)) {
        const cut = CUTS[round % CUTS.length] ?? String;
        const place = (cases.length * 3 + round) % PLACES.length;
        const shown = encode(cut(secret));
        cases.push({
          name: `${what} ${how}, place ${place}, round ${round}`,
          reply: PLACES[place]?.(shown) ?? {},
          shown,
          neutral: encode('.'.repeat(cut(secret).length)),
          stream: place >= 6 || place % 2 === 0,
        });
      }
  return cases.slice(0, count);
}

const CASES = casesOf(720);
const WAYS = ['/v1/chat/completions', '/trpc/chat.completions.create', '/trpc/chat.completions.stream'] as const;

test('no secret is in the answer, the trail, the log or the state after any of 720 failing calls', async () => {
  const output: string[] = [];
  const logged = (level: string) => (fields: object, message: string) =>
    void output.push(`${level} ${JSON.stringify(fields)} ${prettyLine(fields, message, new Date())}`);
  const log = { debug: logged('debug'), info: logged('info'), warn: logged('warn'), error: logged('error') };
  const replyOf = ({ body }: ScriptedRequest): Reply => {
    const { model } = JSON.parse(body.toString()) as { model: string };
    return CASES[Number(model.slice(1))]?.reply ?? {};
  };
  await using rig = await startRig([replyOf, {}], {
    environment: { HTTP_PROXY: `http://user:${SECRETS['the password of a proxy']}@127.0.0.1:9` },
    onEvent: logEvents(log, { vendorMessages: () => true }),
    providers: {
      a: { apiKey: SECRETS['the key of the provider'], headers: { 'x-team': SECRETS['a header of the provider'] } },
      b: { apiKey: SECRETS['the key of another provider'] },
    },
    config: {
      auth: {
        keys: [
          { name: 'ops', key: SECRETS['the client’s key'], role: 'admin' },
          { name: 'other', key: SECRETS['the key of another client'] },
        ],
      },
      // A chain for each call, because the failure of one would take its model out of service for the next.
      chains: Object.fromEntries(CASES.map((_, n) => [`c${n}`, { entries: [`a/m${n}`] }])),
      defaults: { chain: 'c0' },
    },
  });
  const headers = {
    authorization: `Bearer ${SECRETS['the client’s key']}`,
    'x-spillway-include': 'trail',
  };
  const leaks: string[] = [];
  let redacted = 0;
  for (const [n, { name, shown, neutral, stream }] of CASES.entries()) {
    output.length = 0;
    const way = WAYS[n % WAYS.length] ?? WAYS[0];
    const input = {
      model: `c${n}`,
      messages: [{ role: 'user', content: 'Hi' }],
      ...(way === WAYS[0] ? { stream } : {}),
    };
    const response = await post(fetch, rig.url + way, input, { headers });
    output.push(JSON.stringify([...response.headers]), await response.text());
    await rig.ended();
    output.push(JSON.stringify(rig.events.splice(0)));
    const text = output.join('\n');
    // What a JSON string of the output holds is compared as well.
    for (const form of [shown, JSON.stringify(shown).slice(1, -1)])
      if (leaked(text, { shown: form, neutral }) > 9) leaks.push(name);
    if (text.includes('***')) redacted++;
  }
  expect(leaks).toEqual([]);
  expect(redacted).toBe(CASES.length);

  // What operators see, also after a configuration with secrets in the wrong places was rejected.
  const misplaced = Object.fromEntries(Object.values(SECRETS).map((secret) => [secret, `none such: ${secret}`]));
  await expect(rig.gateway.reload({ ...misplaced, providers: {}, chains: {} })).rejects.toThrow('configuration');
  const state: string[] = [...output];
  for (const path of ['/v1/chains/status', '/v1/chains', '/v1/limits', '/v1/models', '/readyz', '/openapi.json'])
    state.push(await (await fetch(rig.url + path, { headers })).text());
  expect(state.join('\n')).toContain('rejected');
  for (const secret of Object.values(SECRETS))
    for (const [how, encode] of Object.entries(ENCODINGS))
      expect([
        secret,
        how,
        leaked(state.join('\n'), { shown: encode(secret), neutral: encode('.'.repeat(secret.length)) }) > 9,
      ]).toEqual([secret, how, false]);
});
