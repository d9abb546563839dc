import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { openaiError } from '../../src/testing/index.ts';
import type { Rig } from '../helpers/gateway.ts';
import { installPython, python } from '../helpers/python.ts';
import type { Api, Said } from '../helpers/vendors/said.ts';
import { saying, startVendor, type Turn } from '../helpers/vendors/vendor.ts';

const PROVIDERS: readonly Api[] = ['messages', 'responses', 'chat'];
const PACKAGES = [
  { name: 'anthropic', version: '2.14.0', ways: ['calls', 'runs'] },
  { name: 'openai', version: '3.57.0', ways: ['calls'] },
] as const;

const ANSWER: Said = { reasoning: { text: 'I know.', signature: 'c2lnbmVk' }, text: 'It is sunny in Paris.' };
const CALLING: Said = {
  reasoning: { text: 'I need the weather.', signature: 'c2lnbmVkIHRvbw' },
  text: 'I look it up. ',
  calls: ['Paris', 'Rome'].map((city, n) => ({ id: `call_weather${n}`, name: 'get_weather', input: { city } })),
};

interface Scenario {
  readonly title: string;
  readonly way: 'streams' | 'asks' | 'calls' | 'runs';
  readonly turns: (api: Api) => readonly Turn[];
  /** What the raised error says. */
  readonly raises?: string;
}

const scenariosOf = ({ ways }: (typeof PACKAGES)[number]): readonly Scenario[] => [
  { title: 'streams a text', way: 'streams', turns: () => [ANSWER] },
  { title: 'gets a text as JSON', way: 'asks', turns: () => [ANSWER] },
  ...ways.map((way) => ({
    title: way === 'runs' ? 'runs a tool by itself' : 'sends the result of a tool',
    way,
    turns: () => [CALLING, ANSWER],
  })),
  {
    title: 'raises an error before the first token',
    way: 'streams',
    turns: () => [openaiError(500, 'No.')],
    raises: 'No entry could answer',
  },
  {
    title: 'raises an error within a stream',
    way: 'streams',
    turns: (api) => [saying(api, ANSWER, 'error')],
    raises: 'the engine stopped',
  },
  {
    title: 'raises the cut of a stream',
    way: 'streams',
    turns: (api) => [saying(api, ANSWER, 'cut')],
    raises: 'The connection to the provider was lost.',
  },
];

interface Outcome {
  readonly text: string | null;
  readonly raised: string | null;
  readonly message?: string;
  /** The bodies of the requests that the provider has received. */
  readonly sent: readonly string[];
}

const over = new AbortController();
afterAll(() => over.abort());

describe.each(PACKAGES)('$name $version for Python', (client) => {
  const { name, version } = client;
  const scenarios = scenariosOf(client);
  const cases = PROVIDERS.flatMap((provider) => scenarios.map((scenario) => ({ provider, ...scenario })));
  let outcomes: readonly Outcome[];
  let reason: string | undefined;

  beforeAll(async () => {
    const installed = await installPython(name, version, over.signal);
    if ('reason' in installed) {
      // The default reporter does not list single skipped tests.
      console.warn((reason = installed.reason));
      return;
    }
    await using rigs = new AsyncDisposableStack();
    const started: Rig[] = [];
    for (const { provider, turns } of cases) started.push(rigs.use(await startVendor(provider, turns(provider))));
    const input = JSON.stringify(cases.map(({ way }, n) => ({ package: name, way, url: started[n]?.url })));
    const script = join(import.meta.dirname, 'python', 'conversations.py');
    const printed = await python([script], { input, env: { PYTHONPATH: installed.folder }, signal: over.signal });
    const read = JSON.parse(printed) as readonly Omit<Outcome, 'sent'>[];
    outcomes = read.map((outcome, n) => ({
      ...outcome,
      sent: (started[n]?.upstreams[0]?.hits ?? []).map(({ body }) => body.toString('utf8')),
    }));
  }, 240_000);

  beforeEach(({ skip }) => {
    if (reason !== undefined) skip(reason);
  });

  test.each(cases.map((each, n) => [each.provider, each.title, n, each] as const))(
    '(over a provider of %s) %s',
    (_, __, n, { way, raises }) => {
      if (raises === undefined) expect(outcomes[n]).toMatchObject({ text: ANSWER.text, raised: null });
      else expect(outcomes[n]).toMatchObject({ text: null, message: expect.stringContaining(raises) });
      if (way !== 'calls' && way !== 'runs') return;
      expect(outcomes[n]?.sent).toHaveLength(2);
      for (const city of ['Paris', 'Rome']) expect(outcomes[n]?.sent[1]).toContain(`Sunny in ${city}, 21 degrees.`);
    },
  );
});
