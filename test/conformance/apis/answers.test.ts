import { describe, expect, test } from 'vitest';
import { fieldsOf } from '../../../src/lib/record.ts';
import type { Reply, Script } from '../../../src/testing/index.ts';
import type { DialectFixture } from '../../helpers/dialect-fixtures.ts';
import { APIS, scenariosOf, sharedNames } from './fixtures.ts';
import { meaningOf, weakened } from './meaning.ts';
import { ask, askStream, serving } from './rig.ts';

/** A fixture's answer: its stream, or its JSON. */
function replying({ reply, stream, response }: DialectFixture): Script {
  return ({ body }): Reply => {
    const streams = fieldsOf(JSON.parse(body.toString('utf8')))['stream'] === true;
    return streams ? { ...reply, chunks: [stream] } : { status: reply.status, body: response };
  };
}

describe.each(APIS.flatMap((client) => APIS.map((provider) => ({ client, provider }))))(
  'a client of $client over a provider of $provider',
  ({ client, provider }) => {
    const requests = scenariosOf(client);
    const answers = scenariosOf(provider);
    const text = requests.get('text');
    if (text === undefined) throw new Error('There is no request.');
    const shared = new Set(sharedNames(client, provider));
    /** A request of the same scenario, or one for a text; and what is answered. */
    const whole = [...answers].flatMap(([name, answer]) => {
      const { neutral } = answer;
      if (neutral === undefined) return [];
      const request = shared.has(name) ? requests.get(name) : undefined;
      return [{ name, answer, body: (request ?? text).request.body, wanted: request?.neutral ?? neutral }];
    });

    test.each(whole)('reads a stream as what it says: $name', async ({ answer, body, wanted }) => {
      await using rig = await serving(provider, replying(answer));
      const read = meaningOf(client, await askStream(client, rig.gateway, body));
      expect(weakened(read, client, provider)).toEqual(weakened(wanted, client, provider));
    });

    test.each(whole)('reads JSON as what it says: $name', async ({ answer, body, wanted }) => {
      await using rig = await serving(provider, replying(answer));
      const { stream: _, stream_options: __, ...input } = fieldsOf(body);
      const response = await ask(client, rig.gateway, input);
      const json: unknown = await response.json();
      expect([response.status, json]).toMatchObject([200, {}]);
      const read = meaningOf(client, fieldsOf(json));
      expect(weakened(read, client, provider)).toEqual(weakened(wanted, client, provider));
    });

    const broken = [...answers.values()].filter(({ error, truncated }) => error !== undefined || truncated);

    test.each(broken)('raises an error of a stream that breaks: $name', async (answer) => {
      await using rig = await serving(provider, replying(answer));
      await expect(askStream(client, rig.gateway, text.request.body)).rejects.toThrow(/./);
      expect(rig.upstream.hits).toHaveLength(1);
    });
  },
);
