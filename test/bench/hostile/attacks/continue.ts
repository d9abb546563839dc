import {
  chatCompletion,
  chatStream,
  fieldsOf,
  type Reply,
  startScriptedUpstream,
} from '../../../../src/testing/index.ts';

import type { Report } from '../report.ts';
import { hello, send } from '../send.ts';
import { configOf, KEYS, served, startAttacked } from '../setting.ts';
import type { Attack } from './attack.ts';

const TIMES = 10;
const CONTINUE = 'HTTP/1.1 100 Continue\r\n\r\n';
/** What precedes a good answer, by the `user` of the request. */
const BEFORE: Readonly<Record<string, string>> = {
  'one 100': CONTINUE,
  'three 100': CONTINUE.repeat(3),
  'a 100 with headers': 'HTTP/1.1 100 Continue\r\ndate: now\r\nx-a: b\r\n\r\n',
  'a 100 and a 103': `${CONTINUE}HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\n`,
};

/** A reply as bytes, behind others. */
function behind(bytes: string, { body, chunks = [], headers = {} }: Reply): Reply {
  const text =
    body === undefined
      ? chunks.map((each) => (typeof each === 'string' ? each : 'data' in each ? each.data : '')).join('')
      : JSON.stringify(body);
  const lines = Object.entries({ 'content-type': 'application/json', ...headers }).map(
    ([name, value]) => `${name}: ${value}\r\n`,
  );
  return {
    raw: `${bytes}HTTP/1.1 200 OK\r\n${lines.join('')}content-length: ${Buffer.byteLength(text)}\r\n\r\n${text}`,
  };
}

async function run(report: Report): Promise<void> {
  await using upstream = await startScriptedUpstream({
    script(request) {
      const { user, stream } = fieldsOf(request);
      const before = BEFORE[String(user)];
      if (before === undefined) return served(request);
      return behind(
        before,
        stream === true ? chatStream({ content: 'served' }) : chatCompletion({ content: 'served' }),
      );
    },
  });
  await using attacked = await startAttacked({ config: configOf(upstream.baseUrl) });
  const { gateway, healthy, idle } = attacked;
  for (const user of Object.keys(BEFORE)) {
    const wrong: string[] = [];
    for (let n = 0; n < TIMES; n++) {
      const stream = n % 2 === 0;
      const { status, code, text } = await send(gateway.url, { body: hello({ user, stream }), key: KEYS.attacker });
      if (status !== 200 || !text.includes('served')) wrong.push(`${status} ${code}`);
    }
    report.atMost(
      `${user} before a good answer: failed, of ${TIMES} ${[...new Set(wrong)].join(', ')}`.trim(),
      wrong.length,
      0,
    );
  }
  report.count(await gateway.query('read'), idle);
  report.healthy(await healthy.stop());
}

/** An answer after informational heads that were not requested. */
export const CONTINUE_ATTACK: Attack = { name: 'continue', title: '9 a 100 Continue that was not requested', run };
