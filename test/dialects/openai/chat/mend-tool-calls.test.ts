import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createToolCallMender } from '../../../../src/dialects/openai/chat/mend-tool-calls.ts';

interface Piece {
  readonly index?: number;
  readonly id?: string;
  readonly type?: string;
  readonly function?: { readonly name?: string; readonly arguments?: string };
}
type Call = readonly [id: string, name: string, args: string];

const piece = (tool_calls: unknown, finish_reason: string | null = null, index = 0): string =>
  JSON.stringify({ id: 'c1', choices: [{ index, delta: { tool_calls }, finish_reason }] });
const end = (finish_reason: string, index = 0): string =>
  JSON.stringify({ id: 'c1', choices: [{ index, delta: {}, finish_reason }] });

/** Puts calls together like the strictest client, and throws where that client would fail. */
function assembled(chunks: readonly string[]): { readonly calls: Call[]; readonly finish: unknown } {
  const mender = createToolCallMender();
  const calls: [string, string, string][] = [];
  let finish: unknown;
  for (const text of chunks) {
    const bytes = Buffer.from(text);
    const mended = mender.mend(JSON.parse(text) as Record<string, unknown>, bytes) ?? bytes;
    const { choices } = JSON.parse(mended.toString()) as {
      choices: { delta: { tool_calls?: Piece[] }; finish_reason: unknown }[];
    };
    for (const each of choices[0]?.delta.tool_calls ?? []) {
      const { index, id, type, function: fn } = each;
      if (typeof index !== 'number') throw new TypeError('A piece has no index.');
      const known = calls[index];
      if (known === undefined) {
        if (index !== calls.length) throw new TypeError('An index is skipped.');
        if (!id || type !== 'function' || !fn?.name) throw new TypeError('A call begins without id, type or name.');
        calls.push([id, fn.name, fn.arguments ?? '']);
      } else {
        if (id !== undefined || type !== undefined || fn?.name !== undefined)
          throw new TypeError('A member is repeated.');
        known[2] += fn?.arguments ?? '';
      }
    }
    finish = choices[0]?.finish_reason ?? finish;
  }
  return { calls, finish };
}

const fn = (name: string | undefined, args: unknown): object => ({
  ...(name === undefined ? {} : { name }),
  arguments: args,
});

/** What providers send, and the calls that they mean; `*` for an id that the provider omits. */
const PROVIDERS: Readonly<Record<string, readonly [chunks: readonly string[], calls: readonly Call[]]>> = {
  'Mistral: later pieces with the id "null" and an empty name': [
    [
      piece([{ id: 'a1B2c3D4e', index: 0, function: fn('f', '{"x"') }]),
      piece([{ index: 0, id: 'null', function: fn('', ':1}') }]),
      end('tool_calls'),
    ],
    [['a1B2c3D4e', 'f', '{"x":1}']],
  ],
  'Mistral: no index': [
    [
      piece([
        { id: 'a', function: fn('f', '{}') },
        { id: 'b', function: fn('g', '{"y":2}') },
      ]),
      end('tool_calls'),
    ],
    [
      ['a', 'f', '{}'],
      ['b', 'g', '{"y":2}'],
    ],
  ],
  'Gemini: index 0 for all calls, empty ids, finish reason `stop`': [
    [
      piece([{ index: 0, id: '', type: 'function', function: fn('f', '{"x":1}') }]),
      piece([{ index: 0, id: '', type: 'function', function: fn('f', '{"x":2}') }]),
      piece([{ index: 0, id: '', type: 'function', function: fn('g', '{}') }]),
      end('stop'),
    ],
    [
      ['*', 'f', '{"x":1}'],
      ['*', 'f', '{"x":2}'],
      ['*', 'g', '{}'],
    ],
  ],
  'Anthropic: indexes from 1': [
    [
      piece([{ index: 1, id: 'toolu_1', type: 'function', function: fn('f', '') }]),
      piece([{ index: 1, function: fn(undefined, '{"x":') }]),
      piece([{ index: 1, function: fn(undefined, '1}') }]),
      piece([{ index: 2, id: 'toolu_2', type: 'function', function: fn('g', '{}') }]),
      end('tool_calls'),
    ],
    [
      ['toolu_1', 'f', '{"x":1}'],
      ['toolu_2', 'g', '{}'],
    ],
  ],
  'TGI: a single call without its list': [
    [piece({ index: 0, id: '0', type: 'function', function: fn('f', '{"x":1}') }), end('stop')],
    [['0', 'f', '{"x":1}']],
  ],
  'vLLM: index 0 for all calls, distinct ids': [
    [
      piece([{ index: 0, id: 'a', type: 'function', function: fn('f', '{"x"') }]),
      piece([{ index: 0, function: fn(undefined, ':1}') }]),
      piece([{ index: 0, id: 'b', type: 'function', function: fn('f', '{"x"') }]),
      piece([{ index: 0, function: fn(undefined, ':2}') }]),
      end('stop'),
    ],
    [
      ['a', 'f', '{"x":1}'],
      ['b', 'f', '{"x":2}'],
    ],
  ],
  'vLLM, once: a new id for each piece': [
    [
      piece([{ index: 0, id: 'a', type: 'function', function: fn('f', '') }]),
      piece([{ index: 0, id: 'b', type: 'function', function: fn(undefined, '{"x":') }]),
      piece([{ index: 0, id: 'c', function: fn('', '1}') }]),
      piece([{ index: 1, id: 'd', type: 'function', function: fn('g', '{}') }]),
      end('tool_calls'),
    ],
    [
      ['a', 'f', '{"x":1}'],
      ['d', 'g', '{}'],
    ],
  ],
  'no ids, one index, no arguments': [
    [
      piece([{ index: 0, function: fn('f', '') }]),
      piece([{ index: 0, function: fn('g', '') }]),
      piece([{ function: fn('f', '') }]),
      end('stop'),
    ],
    [
      ['*', 'f', ''],
      ['*', 'g', ''],
      ['*', 'f', ''],
    ],
  ],
  'id, type and name in each piece': [
    [
      piece([{ index: 0, id: 'a', type: 'function', function: fn('f', '{"x"') }]),
      piece([{ index: 0, id: 'a', type: 'function', function: fn('f', ':1}') }]),
      end('tool_calls'),
    ],
    [['a', 'f', '{"x":1}']],
  ],
  'arguments that are an object': [
    [piece([{ index: 0, id: 'a', type: 'function', function: fn('f', { x: 1 }) }]), end('tool_calls')],
    [['a', 'f', '{"x":1}']],
  ],
};

describe('mending tool calls', () => {
  test.each(Object.entries(PROVIDERS))('a strict client accepts the calls: %s', (_, [chunks, expected]) => {
    const { calls, finish } = assembled(chunks);
    expect(finish).toBe('tool_calls');
    expect(calls.map(([, ...rest]) => rest)).toEqual(expected.map(([, ...rest]) => rest));
    for (const [at, [id]] of expected.entries()) if (id !== '*') expect(calls[at]?.[0]).toBe(id);
    expect(new Set(calls.map(([id]) => id)).size).toBe(calls.length);
    for (const [id] of calls) expect(id).toMatch(/^\w+$/);
  });

  test('correct tool calls are not changed', () => {
    const mender = createToolCallMender();
    const correct = [
      piece([{ index: 0, id: 'a', type: 'function', function: { name: 'f', arguments: '' } }]),
      piece([{ index: 0, function: { arguments: '{}' } }]),
      piece([{ index: 1, id: 'b', type: 'function', function: { name: 'g', arguments: '{}' } }]),
      end('tool_calls'),
      '{"id":"c1","choices":[]}',
    ];
    for (const text of correct)
      expect(mender.mend(JSON.parse(text) as Record<string, unknown>, Buffer.from(text))).toBeUndefined();
  });

  test('the name of a call with an id continues until its arguments begin, whether the rest is sent alone or with the beginning', () => {
    const mender = createToolCallMender();
    const pieces = [
      [{ index: 0, id: 'a', function: fn('get_', '') }, 'get_'],
      [{ index: 0, function: fn('wea', '') }, 'wea'],
      [{ index: 0, id: 'a', function: fn('get_weather', '') }, 'ther'],
      [{ index: 0, id: 'a', function: fn('get_weather', '{') }, undefined],
      [{ index: 0, id: 'a', function: fn('get_x', '}') }, undefined],
    ] as const;
    for (const [sent, name] of pieces) {
      const text = piece([sent]);
      const mended = mender.mend(JSON.parse(text) as Record<string, unknown>, Buffer.from(text))?.toString() ?? text;
      const { choices } = JSON.parse(mended) as { choices: { delta: { tool_calls: Piece[] } }[] };
      expect(choices[0]?.delta.tool_calls).toMatchObject([{ index: 0 }]);
      expect(choices[0]?.delta.tool_calls[0]?.function?.name).toBe(name);
    }
  });

  test('only the bytes of the tool calls change in a chunk', () => {
    const sent = `{ "z":9007199254740993, "id":"c1", "choices" : [ {"n":1.0,"index":0, "delta":{"content":"\\u00e9", "tool_calls":[{"id":"a","function":{"name":"f","arguments":"{}"},"extra":{"s":"x"}}] }, "finish_reason":null} ]}`;
    const mended = createToolCallMender().mend(JSON.parse(sent) as Record<string, unknown>, Buffer.from(sent));
    const calls = '[{"index":0,"id":"a","type":"function","function":{"name":"f","arguments":"{}"},"extra":{"s":"x"}}]';
    expect(mended?.toString()).toBe(sent.replace(/\[\{"id":"a".*?\}\}\]/, calls));
  });

  test('the calls of each choice are counted separately', () => {
    const mender = createToolCallMender();
    for (const index of [0, 1]) {
      const text = piece([{ function: { name: 'f', arguments: '{}' } }], null, index);
      const mended = mender.mend(JSON.parse(text) as Record<string, unknown>, Buffer.from(text))?.toString() ?? '';
      expect(JSON.parse(mended)).toMatchObject({ choices: [{ delta: { tool_calls: [{ index: 0 }] } }] });
    }
  });

  test('the tool calls of a JSON answer are mended too, without an index', () => {
    const text = JSON.stringify({
      id: 'c1',
      choices: [
        {
          index: 0,
          message: { tool_calls: [{ id: '', function: { name: 'f', arguments: { x: 1 } } }] },
          finish_reason: 'stop',
        },
      ],
    });
    const mended = createToolCallMender().mend(JSON.parse(text) as Record<string, unknown>, Buffer.from(text));
    expect(JSON.parse(mended?.toString() ?? '')).toEqual({
      id: 'c1',
      choices: [
        {
          index: 0,
          message: {
            tool_calls: [
              { id: expect.stringMatching(/^\w{9}$/), type: 'function', function: { name: 'f', arguments: '{"x":1}' } },
            ],
          },
          finish_reason: 'tool_calls',
        },
      ],
    });
  });
});

/** Where a piece is: in the n-th call, as its first piece or a later one. */
interface Position {
  readonly at: number;
  readonly first: boolean;
}

/** Ways in which a provider may send a piece of a call. */
const STYLES: Readonly<Record<string, (call: Call, args: string, position: Position) => object>> = {
  'as OpenAI does': ([id, name], args, { at, first }) =>
    first
      ? { index: at, id, type: 'function', function: fn(name, args) }
      : { index: at, function: fn(undefined, args) },
  'indexes from 1': ([id, name], args, { at, first }) =>
    first ? { index: at + 1, id, function: fn(name, args) } : { index: at + 1, function: fn(undefined, args) },
  'index 0 for all calls': ([id, name], args, { first }) =>
    first ? { index: 0, id, function: fn(name, args) } : { index: 0, function: fn('', args) },
  'no index, the id in each piece': ([id, name], args) => ({ id, type: 'function', function: fn(name, args) }),
  'no index, the id once': ([id, name], args, { first }) =>
    first ? { id, function: fn(name, args) } : { id: 'null', function: fn('', args) },
};

test('any calls in any pieces, in any of these styles, are put together correctly', () => {
  const calls = fc.uniqueArray(fc.tuple(fc.stringMatching(/^c[a-z]{3}$/), fc.stringMatching(/^f[a-z]?$/), fc.json()), {
    minLength: 1,
    maxLength: 4,
    selector: ([id]) => id,
  });
  fc.assert(
    fc.property(calls, fc.constantFrom(...Object.keys(STYLES)), fc.nat(6), (expected, style, size) => {
      const chunks = expected.flatMap((call, at) => {
        const parts = size === 0 ? [call[2]] : (call[2].match(new RegExp(`[^]{1,${size}}`, 'g')) ?? ['']);
        return parts.map((args, n) => piece([STYLES[style]?.(call, args, { at, first: n === 0 })]));
      });
      expect(assembled(chunks).calls).toEqual(expected);
    }),
  );
});
