import { openaiError, startScriptedUpstream } from '../../../../src/testing/index.ts';
import type { Report } from '../report.ts';
import { type Answer, hello, send } from '../send.ts';
import { configOf, KEYS, served, startAttacked } from '../setting.ts';
import type { Attack } from './attack.ts';

const ENTRIES = 20;
const BYTES = 60 * 1024;
const KB = 1024;
/** With the ellipsis of a text that was cut. */
const MESSAGE_BYTES = 2 * KB + 3;
const LONE_MESSAGE_BYTES = 4 * KB + 3;
const TRAIL_BYTES = 32 * KB;
/** What an error has beside its trail. */
const REST_BYTES = 8 * KB;
const TURN_MS = 50;
const TIMES = 20;
/** Of one, two and four bytes in UTF-8, after an odd number of bytes. */
const TEXTS = ['a', 'é', '😀'].map((character) => `x${character.repeat(BYTES / Buffer.byteLength(character))}`);

interface Step {
  readonly message?: string;
}

function messagesOf({ text }: Answer): readonly string[] {
  try {
    const { error } = JSON.parse(text) as {
      readonly error?: { readonly message?: string; readonly attempts?: readonly Step[] };
    };
    return [error?.message ?? '', ...(error?.attempts ?? []).map(({ message }) => message ?? '')];
  } catch {
    return [];
  }
}

function largest(answers: readonly Answer[]): number {
  return Math.max(...answers.map(({ text }) => Buffer.byteLength(text)));
}

function longest(answers: readonly Answer[]): number {
  return Math.max(...answers.flatMap(messagesOf).map((message) => Buffer.byteLength(message)));
}

async function run(report: Report): Promise<void> {
  await using healthyUpstream = await startScriptedUpstream({ script: served });
  await using failing = await startScriptedUpstream({
    script: (_, n) => openaiError(n % 2 === 0 ? 400 : 500, TEXTS[n % TEXTS.length] ?? ''),
  });
  const names = Array.from({ length: ENTRIES }, (_, n) => `long-${n}`);
  const { providers } = configOf(healthyUpstream.baseUrl);
  const long = Object.fromEntries(names.map((name) => [name, { baseUrl: failing.baseUrl, apiKey: 'sk-long' }]));
  const chains = {
    default: { entries: ['up/m'] },
    many: { entries: names.map((name) => `${name}/m`) },
    one: { entries: ['long-0/other'] },
  };
  await using attacked = await startAttacked({
    config: configOf(healthyUpstream.baseUrl, { providers: { ...providers, ...long }, chains }),
  });
  const { gateway, healthy, idle } = attacked;
  const headers = { 'x-spillway-include': 'trail' };
  const ask = (model: string): Promise<Answer> =>
    send(gateway.url, { body: hello({ model }), key: KEYS.attacker, headers });
  const [many, one]: [Answer[], Answer[]] = [[], []];
  for (let n = 0; n < TIMES; n++) {
    many.push(await ask('many'));
    one.push(await ask('one'));
  }
  const usage = await gateway.query('read');
  report.atMost(`${ENTRIES} entries with errors of 60 KB: bytes of the error`, largest(many), TRAIL_BYTES + REST_BYTES);
  report.atMost('  bytes of the longest message', longest(many), MESSAGE_BYTES);
  report.atMost(
    'one entry with such an error: bytes of the error',
    largest(one),
    LONE_MESSAGE_BYTES + MESSAGE_BYTES + REST_BYTES,
  );
  report.atMost('  bytes of the longest message', longest(one), LONE_MESSAGE_BYTES);
  const torn = [...many, ...one].filter(({ text }) => /\ufffd|\\ud[89a-f]/i.test(text)).length;
  report.atMost('errors with half a character', torn, 0);
  report.atMost('longest turn, ms', usage?.turnMs ?? Infinity, TURN_MS);
  report.count(usage, idle);
  report.healthy(await healthy.stop());
}

/** Providers whose errors are as long as they like. */
export const ERRORS_ATTACK: Attack = { name: 'errors', title: '7 twenty entries with errors of 60 KB', run };
