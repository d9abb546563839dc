import OpenAI from 'openai';
import OpenAI4 from 'openai-4';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Rig } from '../helpers/gateway.ts';
import { rowsOf, startStreams, type StreamCase, STREAMS, type Told } from './streams.ts';

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
  readonly read: (asked: Asked) => Promise<AsyncIterable<Chunk>>;
  readonly accumulate: (asked: Asked) => Accumulator;
}
type Asked = ReturnType<typeof asked>;

const asked = ({ model, ask }: StreamCase) => ({
  ...ask,
  model,
  messages: [{ role: 'user' as const, content: 'Hello' }],
});

const newest = (client: OpenAI): Client => ({
  read: (asked) => client.chat.completions.create({ ...asked, stream: true }),
  accumulate: (asked) => client.chat.completions.stream(asked),
});
const older = (client: OpenAI4): Client => ({
  read: (asked) => client.chat.completions.create({ ...asked, stream: true }),
  accumulate: (asked) => client.beta.chat.completions.stream(asked),
});

const over = (rig: Rig) => ({ baseURL: `${rig.url}/v1`, apiKey: 'x', maxRetries: 0 });
const within = (rig: Rig) => ({ ...over(rig), baseURL: 'http://spillway/v1', fetch: rig.gateway.fetch });
const CLIENTS: Readonly<Record<string, (rig: Rig) => Client>> = {
  'openai over HTTP': (rig) => newest(new OpenAI(over(rig))),
  'openai in process': (rig) => newest(new OpenAI(within(rig))),
  'openai 4 over HTTP': (rig) => older(new OpenAI4(over(rig))),
  'openai 4 in process': (rig) => older(new OpenAI4({ ...within(rig), fetch: rig.gateway.fetch as never })),
};

/** Puts chunks together by hand, so that what came before a failure is known. */
function gathering() {
  const texts: string[] = [];
  const calls: [string, string][] = [];
  let usage: number | null = null;
  return {
    take: (chunk: Chunk): void => {
      usage = chunk.usage?.total_tokens ?? usage;
      for (const { index, delta } of chunk.choices) {
        if (delta.content) texts[index] = (texts[index] ?? '') + delta.content;
        for (const { index: at = 0, function: called } of delta.tool_calls ?? []) {
          const [name, args] = calls[at] ?? ['', ''];
          calls[at] = [name + (called?.name ?? ''), args + (called?.arguments ?? '')];
        }
      }
    },
    told: (): Told => ({ texts, calls, usage }),
  };
}

function toldOf({ choices, usage }: Completion): Told {
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

let rig: Rig;
beforeAll(async () => void (rig = await startStreams()));
afterAll(() => rig[Symbol.asyncDispose]());

describe.each(Object.entries(CLIENTS))('%s', (_, clientOf) => {
  test.each(rowsOf(STREAMS))('(%s) %s such a stream', async (__, ___, each) => {
    const { take, told } = gathering();
    const raised = await raisedBy(async () => {
      for await (const chunk of await clientOf(rig).read(asked(each))) take(chunk);
    });
    const { texts, calls, usage, raises } = each;
    expect({ ...told(), raised }).toEqual({ texts, calls, usage, raised: raises ? 'APIError' : undefined });
  });

  test.each(rowsOf(STREAMS))('(%s) its accumulator %s such a stream', async (__, ___, each) => {
    const { take, told } = gathering();
    let whole: Told | undefined;
    const raised = await raisedBy(async () => {
      const stream = clientOf(rig).accumulate(asked(each));
      stream.on('chunk', take);
      whole = toldOf(await stream.finalChatCompletion());
    });
    const { texts, calls, usage, raises } = each;
    const wanted = { texts, calls, usage };
    expect({ came: told(), whole, raised }).toEqual({
      came: wanted,
      whole: raises ? undefined : wanted,
      raised: raises ? 'APIError' : undefined,
    });
  });
});
