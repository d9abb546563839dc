import OpenAI from 'openai';
import OpenAI4 from 'openai-4';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Rig } from '../helpers/gateway.ts';
import { type ReadAnswer, rowsOf, startStreams, type StreamCase, STREAMS } from './streams.ts';

interface Call {
  readonly index?: number;
  readonly function?: { name?: string; arguments?: string };
}
interface Usage {
  readonly total_tokens: number;
}

/** What both versions of the package have in common. */
interface Chunk {
  readonly choices: readonly { index: number; delta: { content?: string | null; tool_calls?: Call[] } }[];
  readonly usage?: Usage | null;
}
interface Completion {
  readonly choices: readonly { message: { content: string | null; tool_calls?: (Call & { id: string })[] } }[];
  readonly usage?: Usage | null;
}
interface Accumulator {
  on(event: 'chunk', listener: (chunk: Chunk) => void): unknown;
  finalChatCompletion(): Promise<Completion>;
}
interface Client {
  readonly read: (input: Input) => Promise<AsyncIterable<Chunk>>;
  readonly accumulate: (input: Input) => Accumulator;
}
type Input = ReturnType<typeof inputOf>;

const inputOf = ({ model, fields }: StreamCase) => ({
  ...fields,
  model,
  messages: [{ role: 'user' as const, content: 'Hello' }],
});

const newest = (client: OpenAI): Client => ({
  read: (input) => client.chat.completions.create({ ...input, stream: true }),
  accumulate: (input) => client.chat.completions.stream(input),
});
const older = (client: OpenAI4): Client => ({
  read: (input) => client.chat.completions.create({ ...input, stream: true }),
  accumulate: (input) => client.beta.chat.completions.stream(input),
});

const overHttp = (rig: Rig) => ({ baseURL: `${rig.url}/v1`, apiKey: 'x', maxRetries: 0 });
const inProcess = (rig: Rig) => ({ ...overHttp(rig), baseURL: 'http://spillway/v1', fetch: rig.gateway.fetch });
const CLIENTS: Readonly<Record<string, (rig: Rig) => Client>> = {
  'openai over HTTP': (rig) => newest(new OpenAI(overHttp(rig))),
  'openai in process': (rig) => newest(new OpenAI(inProcess(rig))),
  'openai 4 over HTTP': (rig) => older(new OpenAI4(overHttp(rig))),
  'openai 4 in process': (rig) => older(new OpenAI4({ ...inProcess(rig), fetch: rig.gateway.fetch as never })),
};

/** Joins chunks by hand, so that everything before a failure is known. */
function createCollector() {
  const texts: string[] = [];
  const calls: [string, string][] = [];
  let usage: number | null = null;
  return {
    add: (chunk: Chunk): void => {
      usage = chunk.usage?.total_tokens ?? usage;
      for (const { index, delta } of chunk.choices) {
        if (delta.content) texts[index] = (texts[index] ?? '') + delta.content;
        for (const { index: at = 0, function: called } of delta.tool_calls ?? []) {
          const [name, args] = calls[at] ?? ['', ''];
          calls[at] = [name + (called?.name ?? ''), args + (called?.arguments ?? '')];
        }
      }
    },
    collected: (): ReadAnswer => ({ texts, calls, usage }),
  };
}

function readFrom({ choices, usage }: Completion): ReadAnswer {
  const calls = choices.flatMap(({ message }) => message.tool_calls ?? []);
  return {
    texts: choices.map(({ message }) => message.content ?? '').filter(Boolean),
    calls: calls.map(({ function: called }) => [called?.name ?? '', called?.arguments ?? '']),
    usage: usage?.total_tokens ?? null,
  };
}

/** The name of the class that is thrown; undefined for none. */
async function raisedBy(reading: () => Promise<unknown>): Promise<unknown> {
  try {
    await reading();
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.constructor.name : error;
  }
}

const NAMED = STREAMS.find(({ name }) => name === 'events named message');

let rig: Rig;
beforeAll(async () => void (rig = await startStreams()));
afterAll(() => rig[Symbol.asyncDispose]());

describe.each(Object.entries(CLIENTS))('%s', (client, clientOf) => {
  const streams = client.startsWith('openai 4') ? STREAMS.filter((each) => each !== NAMED) : STREAMS;

  test.each(rowsOf(streams))('(%s) %s such a stream', async (__, ___, each) => {
    const { add, collected } = createCollector();
    const raised = await raisedBy(async () => {
      for await (const chunk of await clientOf(rig).read(inputOf(each))) add(chunk);
    });
    const { texts, calls, usage, raises } = each;
    expect({ ...collected(), raised }).toEqual({ texts, calls, usage, raised: raises ? 'APIError' : undefined });
  });

  test.each(rowsOf(streams))('(%s) its accumulator %s such a stream', async (__, ___, each) => {
    const { add, collected } = createCollector();
    let accumulated: ReadAnswer | undefined;
    const raised = await raisedBy(async () => {
      const stream = clientOf(rig).accumulate(inputOf(each));
      stream.on('chunk', add);
      accumulated = readFrom(await stream.finalChatCompletion());
    });
    const { texts, calls, usage, raises } = each;
    const wanted = { texts, calls, usage };
    expect({ received: collected(), accumulated, raised }).toEqual({
      received: wanted,
      accumulated: raises ? undefined : wanted,
      raised: raises ? 'APIError' : undefined,
    });
  });
});

test('openai 4 yields the chunks of named events with their name, as docs/http.md says', async () => {
  if (NAMED === undefined) throw new Error('There is no stream with named events.');
  const { add, collected } = createCollector();
  for await (const item of await older(new OpenAI4(overHttp(rig))).read(inputOf(NAMED))) {
    const { event, data } = item as unknown as { event: string; data: Chunk };
    expect(event).toBe('message');
    add(data);
  }
  expect(collected().texts).toEqual(NAMED.texts);
});
