import { startScriptedUpstream } from '../../../../src/testing/index.ts';
import type { Report } from '../report.ts';
import { hello, send } from '../send.ts';
import { configOf, KEYS, served, startAttacked } from '../setting.ts';
import type { Attack } from './attack.ts';

/** The last section of a configuration after an edit that loses the keys. */
const LOST: Readonly<Record<string, string>> = {
  'the file cut before auth': '',
  'the file cut after auth': 'auth:\n',
  'no keys': 'auth: { keys: [] }\n',
  'an empty auth': 'auth: {}\n',
  'keyless on purpose': 'auth: none\n',
};
const TRIES = 5;
/** Level of pino. */
const ERROR = '"level":50';

async function run(report: Report): Promise<void> {
  await using upstream = await startScriptedUpstream({ script: served });
  const { auth, ...rest } = configOf(upstream.baseUrl);
  await using attacked = await startAttacked({ config: { auth, ...rest } });
  const { gateway, healthy, idle } = attacked;
  const sections = Object.entries(rest).map(([name, section]) => `${name}: ${JSON.stringify(section)}\n`);
  for (const [what, last] of Object.entries(LOST)) {
    const log = await gateway.reload([...sections, last].join(''));
    let open = 0;
    for (let n = 0; n < TRIES; n++) if ((await send(gateway.url, { body: hello() })).status !== 401) open++;
    report.atMost(`${what}: requests without a key that were served, of ${TRIES}`, open, 0);
    report.oneOf('  the log', log.includes(ERROR) ? 'says so at error' : 'says nothing at error', ['says so at error']);
  }
  await gateway.reload([...sections, `auth: ${JSON.stringify(auth)}\n`].join(''));
  const { status } = await send(gateway.url, { body: hello(), key: KEYS.healthy });
  report.oneOf('the keys back again: answer', status, [200]);
  report.count(await gateway.query('read'), idle);
  report.healthy(await healthy.stop());
}

/** Reloads of configurations that have lost their keys. */
export const RELOADS_ATTACK: Attack = { name: 'reloads', title: '3 reloads that lose the keys', run };
