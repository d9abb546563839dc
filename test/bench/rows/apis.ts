import type { ConfigInput } from '../../../src/config/schema.ts';
import { openClosedLoop } from '../load/closed-loop.ts';
import { ENDS, longPrompt, PATHS, shortPrompt, toRequest } from '../load/request.ts';
import { cpuOfEach } from '../measure/cpu.ts';
import { configOf, startGateway } from '../measure/gateway.ts';
import { added, inTurns, median, ratio } from '../measure/rounds.ts';
import { atMost, definePart, type Part } from '../measure/part.ts';
import { startBaseline, startUpstream } from '../measure/processes.ts';

const CLIENTS = 64;
const REQUESTS = 256;
const WARM_UPS = 30;
/** Events of the measured streams. */
const EVENTS = 64;
const PROMPT = shortPrompt(900);
const MESSAGES_END = 'event: message_stop\ndata: {"type":"message_stop"}\n\n';

/** The configuration of the other parts, and providers of the other APIs at the same upstream. */
function configWithApis(upstream: string): ConfigInput {
  const config = configOf(upstream);
  return {
    ...config,
    providers: {
      ...config.providers,
      claude: { dialect: 'anthropic', baseUrl: upstream, apiKey: 'sk-up' },
      responses: { dialect: 'openai-responses', baseUrl: `${upstream}/v1`, apiKey: 'sk-up' },
    },
    chains: {
      ...config.chains,
      messages: entries('claude/messages'),
      message: entries('claude/message'),
      responses: entries('responses/responses'),
    },
  };
}

function entries(entry: string): { entries: string[] } {
  return { entries: [entry] };
}

const MESSAGES = '/v1/messages';
const RESPONSES = '/v1/responses';
const STREAM = { stream: true, messages: PROMPT } as const;

/** A client's request, and the end of its answer. */
interface Variant {
  readonly request: Buffer;
  readonly end: string;
}

const chat = (model: string): Variant => ({
  request: toRequest(PATHS.rest, { model, ...STREAM }),
  end: ENDS.REST,
});
const messages = (model: string): Variant => ({
  request: toRequest(MESSAGES, { model, max_tokens: 100, ...STREAM }),
  end: MESSAGES_END,
});
/** Its last event has no fixed text, so HTTP's own end is awaited. */
const responses = (model: string): Variant => ({
  request: toRequest(RESPONSES, { model, stream: true, input: PROMPT }),
  end: '',
});

const STREAMS = {
  chat: chat('stream'),
  messages: messages('messages'),
  responses: responses('responses'),
  'chat over Messages': chat('messages'),
  'chat over Responses': chat('responses'),
  'Messages over chat': messages('stream'),
  'Messages over Responses': messages('responses'),
  'Responses over chat': responses('stream'),
  'Responses over Messages': responses('messages'),
} as const satisfies Readonly<Record<string, Variant>>;

const TRANSLATED = Object.keys(STREAMS).filter((name) => name.includes(' over '));

/** What the other APIs cost: the same API on both sides as much as chat, and a translation little for each event. */
export const APIS: readonly Part[] = [
  definePart({
    name: 'apis',
    rows: {
      messages: { label: 'a Messages stream: CPU of a chat stream', unit: 'x', target: atMost(1.1) },
      responses: { label: 'a Responses stream: CPU of a chat stream', unit: 'x', target: atMost(1.1) },
      ...Object.fromEntries(
        TRANSLATED.map((name) => [name, { label: `${name}: CPU per event`, unit: 'us', target: atMost(8) }]),
      ),
    },
    async measure() {
      await using upstream = await startUpstream();
      await using gateway = await startGateway(configWithApis(upstream.url));
      using loop = await openClosedLoop(gateway.port, CLIENTS);
      const costs = await inTurns<string, number>(
        Object.fromEntries(
          Object.entries(STREAMS).map(([name, { request, end }]) => [
            name,
            () => cpuOfEach(gateway, REQUESTS, () => loop.run(request, REQUESTS, end)),
          ]),
        ),
        { warmUps: WARM_UPS },
      );
      const { chat: baseline = [] } = costs;
      const noteOf = (name: string): string =>
        `${median(costs[name] ?? []).toFixed(0)} us a stream, chat ${median(baseline).toFixed(0)} us`;
      return Object.fromEntries([
        ...['messages', 'responses'].map((name) => [
          name,
          { value: ratio(costs[name] ?? [], baseline), note: noteOf(name) },
        ]),
        ...TRANSLATED.map((name) => [name, { value: added(costs[name] ?? [], baseline) / EVENTS, note: noteOf(name) }]),
      ]);
    },
  }),
  definePart({
    name: 'long-message',
    rows: { cpu: { label: 'a Messages body of 200 KB: CPU', unit: 'x', target: atMost(1.3) } },
    async measure() {
      await using upstream = await startUpstream();
      await using fastify = await startBaseline('fastify.ts', upstream.url);
      await using gateway = await startGateway(configWithApis(upstream.url));
      using toFastify = await openClosedLoop(fastify.port, CLIENTS);
      using toGateway = await openClosedLoop(gateway.port, CLIENTS);
      const request = toRequest(MESSAGES, { model: 'message', max_tokens: 100, messages: longPrompt() });
      const { own, baseline } = await inTurns(
        {
          baseline: () => cpuOfEach(fastify, 40, () => toFastify.run(request, 40)),
          own: () => cpuOfEach(gateway, 40, () => toGateway.run(request, 40)),
        },
        { warmUps: 10 },
      );
      return {
        cpu: {
          value: ratio(own, baseline),
          note: `${median(own).toFixed(0)} us, Fastify + undici ${median(baseline).toFixed(0)} us`,
        },
      };
    },
  }),
];
