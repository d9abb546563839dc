import { deflateRawSync, gzipSync } from 'node:zlib';
import { chunk, fieldsOf, type Reply, sse } from '../../src/testing/index.ts';
import { BREAKS, WHOLES } from '../doors/cases.ts';
import { DONE, HI, ROLE, STOP, STREAM, TEXT, WHOLE } from '../doors/replies.ts';
import { type Rig, startRig } from '../helpers/gateway.ts';

/** The parts of an answer that a client has read. */
export interface ReadAnswer {
  /** The texts of the choices that have any, by their index. */
  readonly texts: readonly string[];
  /** Names and arguments of the tool calls of all choices. */
  readonly calls: readonly (readonly [string, string])[];
  /** Total tokens; null where the client received no usage. */
  readonly usage: number | null;
}

/** A stream: what a client reads of it, and whether reading must raise an error afterwards. */
export interface StreamCase extends ReadAnswer {
  readonly name: string;
  /** The request's `model`. */
  readonly model: string;
  /** Further fields of the request. */
  readonly fields: Readonly<Record<string, unknown>>;
  readonly reply: Reply;
  readonly raises: boolean;
}

type Row = Omit<StreamCase, 'model' | keyof typeof PLAIN> & Partial<StreamCase>;
const PLAIN = { fields: {}, texts: [] as string[], calls: [] as [string, string][], usage: null, raises: false };

const streamed = (...chunks: readonly (string | Buffer)[]): Reply => ({ headers: STREAM, chunks });
const contentOf = (index: number, content: string): string => chunk({ index, delta: { role: 'assistant', content } });
const called = (index: number, part: object): string => chunk({ delta: { tool_calls: [{ index, ...part }] } });
const CALLS = [
  called(0, { id: 'c1', type: 'function', function: { name: 'f', arguments: '{"x"' } }),
  called(1, { id: 'c2', type: 'function', function: { name: 'g', arguments: '{"y"' } }),
  called(0, { function: { arguments: ':1}' } }),
  called(1, { function: { arguments: ':2}' } }),
];
const USED = sse({
  id: 'chatcmpl-scripted',
  object: 'chat.completion.chunk',
  created: 1,
  model: 'scripted',
  choices: [],
  usage: { prompt_tokens: 9, completion_tokens: 12, total_tokens: 21 },
});
/** Cases that are not one text, which the table of the doors does not have. */
const MORE: readonly Row[] = [
  {
    name: 'usage that was requested',
    reply: streamed(WHOLE.slice(0, -DONE.length), USED, DONE),
    fields: { stream_options: { include_usage: true } },
    texts: [TEXT],
    usage: 21,
  },
  {
    name: 'usage that was not requested',
    reply: streamed(WHOLE.slice(0, -DONE.length), USED, DONE),
    texts: [TEXT],
  },
  {
    name: 'two parallel tool calls',
    reply: streamed(ROLE, ...CALLS, chunk({ finish: 'tool_calls' }), DONE),
    calls: [
      ['f', '{"x":1}'],
      ['g', '{"y":2}'],
    ],
  },
  {
    name: 'two choices, one of which ends before the other',
    reply: streamed(
      contentOf(0, 'yes'),
      contentOf(1, 'no'),
      STOP,
      contentOf(1, ', never'),
      chunk({ index: 1, finish: 'stop' }),
      DONE,
    ),
    fields: { n: 2 },
    texts: ['yes', 'no, never'],
  },
  { name: 'an empty answer with a finish reason', reply: streamed(ROLE, STOP, DONE) },
  {
    name: 'tool calls that are cut off',
    reply: streamed(ROLE, ...CALLS.slice(0, 3)),
    calls: [
      ['f', '{"x":1}'],
      ['g', '{"y"'],
    ],
    raises: true,
  },
  {
    name: 'an error with a finish reason after it',
    reply: streamed(ROLE, HI, sse({ error: { message: 'boom', code: 'broken' } }), STOP, DONE),
    texts: ['Hi'],
    raises: true,
  },
  {
    name: 'a cut in the middle of a gzip block',
    reply: {
      headers: { ...STREAM, 'content-encoding': 'gzip' },
      // A flushed block ends at a byte, and another may follow.
      chunks: [gzipSync(ROLE + HI, { finishFlush: 2 }), deflateRawSync(WHOLE).subarray(0, 20)],
    },
    texts: ['Hi'],
    raises: true,
  },
];

/** Every stream that a client may receive, each under its own model. */
export const STREAMS: readonly StreamCase[] = [
  ...Object.entries(WHOLES).map(([name, reply]): Row => ({ name, reply, texts: [TEXT] })),
  ...Object.entries(BREAKS).map(([name, { first }]): Row => ({
    name: `then ${name}`,
    reply: first,
    texts: ['Hi'],
    raises: true,
  })),
  ...MORE,
].map((each, index) => ({ ...PLAIN, ...each, model: `a/${index}` }));

/** Rows for `test.each` with the title `(%s) %s such a stream`. */
export const rowsOf = (cases: readonly StreamCase[]) =>
  cases.map((each) => [each.name, each.raises ? 'raises an error for' : 'reads all of', each] as const);

/** A gateway that answers each case under its own model. */
export function startStreams(): Promise<Rig> {
  return startRig([(request) => STREAMS[Number(fieldsOf(request)['model'])]?.reply ?? { status: 404 }], {
    provider: { models: { '*': {} } },
  });
}
