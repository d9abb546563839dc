import { startScriptedUpstream } from '../../../../src/testing/index.ts';
import type { Report } from '../report.ts';
import { hello, send } from '../send.ts';
import { configOf, KEYS, served, startAttacked } from '../setting.ts';
import type { Attack } from './attack.ts';

/** Members that a provider behind the gateway may read in place of the gateway's own. */
const MEMBERS: readonly string[] = [
  '"Model":"other"',
  '"MODEL":"other"',
  '"mODEL":"other"',
  String.raw`"\u004dodel":"other"`,
  '"Stream":true',
  '"STREAM_OPTIONS":{}',
  '"Models":["other"]',
  '"base_url":"http://evil.example"',
  '"api_base":"http://evil.example"',
  '"api_key":"sk-mine"',
  '"custom_host":"http://evil.example"',
  '"extra_headers":{"x":"y"}',
  String.raw`"api\u005fkey":"sk-mine"`,
];
/** Members of the same names deeper in a body belong to the caller. */
const HARMLESS = {
  tools: [{ type: 'function', function: { name: 'f', parameters: { Model: 1, base_url: 2, api_key: 3 } } }],
};
/** Marks the requests of this attack at the upstream. */
const USER = 'attacker-of-members';

async function run(report: Report): Promise<void> {
  await using upstream = await startScriptedUpstream({ script: served });
  await using attacked = await startAttacked({ config: configOf(upstream.baseUrl) });
  const { gateway, healthy, idle } = attacked;
  const arrived = (): number => upstream.hits.filter(({ body }) => body.includes(USER)).length;
  let others = 0;
  for (const member of MEMBERS)
    for (const path of ['/v1/chat/completions', '/trpc/chat.completions.create'])
      for (const first of [true, false]) {
        const rest = hello({ user: USER });
        const body = first ? `{${member},${rest.slice(1)}` : `${rest.slice(0, -1)},${member}}`;
        const { status } = await send(gateway.url, { body, path, key: KEYS.attacker });
        if (status !== 400) others++;
      }
  report.atMost(`${MEMBERS.length} members at both APIs, first and last: not a 400`, others, 0);
  report.atMost('  requests that reached the provider', arrived(), 0);
  const { status } = await send(gateway.url, { body: hello({ ...HARMLESS, user: USER }), key: KEYS.attacker });
  report.oneOf('the same names within the schema of a tool: answer', status, [200]);
  report.count(await gateway.query('read'), idle);
  report.healthy(await healthy.stop());
}

/** Members that would select another model, host or key at the provider. */
export const MEMBERS_ATTACK: Attack = { name: 'members', title: '6 members that a provider reads otherwise', run };
