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

/** Puts calls together as the strictest client does, and throws at what it would not take. */
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
        if (index !== calls.length) throw new TypeError('An index is left out.');
        if (!id || type !== 'function' || !fn?.name) throw new TypeError('A call begins without id, type or name.');
        calls.push([id, fn.name, fn.arguments ?? '']);
      } else {
        if (id !== undefined || type !== undefined || fn?.name !== undefined) throw new TypeError('It is said again.');
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

/** What vendors send, and the calls that they mean; `*` for an id that they leave to us. */
const VENDORS: Readonly<Record<string, readonly [chunks: readonly string[], calls: readonly Call[]]>> = {
  'Mistral, who goes on with an id "null" and no name': [
    [
      piece([{ id: 'a1B2c3D4e', index: 0, function: fn('f', '{"x"') }]),
      piece([{ index: 0, id: 'null', function: fn('', ':1}') }]),
      end('tool_calls'),
    ],
    [['a1B2c3D4e', 'f', '{"x":1}']],
  ],
  'Mistral, who leaves the index out': [
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
  'Gemini, whose calls are all index 0 without ids, and who stops': [
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
  'Anthropic, who counts from 1': [
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
  'TGI, who sends one call without its list': [
    [piece({ index: 0, id: '0', type: 'function', function: fn('f', '{"x":1}') }), end('stop')],
    [['0', 'f', '{"x":1}']],
  ],
  'vLLM, whose calls are all index 0 under ids of their own': [
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
  'vLLM, who once made an id for each piece': [
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
  'who gives no ids, one index, and no arguments': [
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
  'who says id, type and name with each piece': [
    [
      piece([{ index: 0, id: 'a', type: 'function', function: fn('f', '{"x"') }]),
      piece([{ index: 0, id: 'a', type: 'function', function: fn('f', ':1}') }]),
      end('tool_calls'),
    ],
    [['a', 'f', '{"x":1}']],
  ],
  'whose arguments are an object': [
    [piece([{ index: 0, id: 'a', type: 'function', function: fn('f', { x: 1 }) }]), end('tool_calls')],
    [['a', 'f', '{"x":1}']],
  ],
};

describe('the tool calls of a vendor', () => {
  test.each(Object.entries(VENDORS))('%s are as a strict client wants them', (_, [chunks, wanted]) => {
    const { calls, finish } = assembled(chunks);
    expect(finish).toBe('tool_calls');
    expect(calls.map(([, ...rest]) => rest)).toEqual(wanted.map(([, ...rest]) => rest));
    for (const [at, [id]] of wanted.entries()) if (id !== '*') expect(calls[at]?.[0]).toBe(id);
    expect(new Set(calls.map(([id]) => id)).size).toBe(calls.length);
    for (const [id] of calls) expect(id).toMatch(/^\w+$/);
  });

  test('who sends them rightly are not touched', () => {
    const mender = createToolCallMender();
    const right = [
      piece([{ index: 0, id: 'a', type: 'function', function: { name: 'f', arguments: '' } }]),
      piece([{ index: 0, function: { arguments: '{}' } }]),
      piece([{ index: 1, id: 'b', type: 'function', function: { name: 'g', arguments: '{}' } }]),
      end('tool_calls'),
      '{"id":"c1","choices":[]}',
    ];
    for (const text of right)
      expect(mender.mend(JSON.parse(text) as Record<string, unknown>, Buffer.from(text))).toBeUndefined();
  });

  test('goes on with its name while it has an id and no arguments yet, whichever way the rest of it is said', () => {
    const mender = createToolCallMender();
    const said = [
      [{ index: 0, id: 'a', function: fn('get_', '') }, 'get_'],
      [{ index: 0, function: fn('wea', '') }, 'wea'],
      [{ index: 0, id: 'a', function: fn('get_weather', '') }, 'ther'],
      [{ index: 0, id: 'a', function: fn('get_weather', '{') }, undefined],
      [{ index: 0, id: 'a', function: fn('get_x', '}') }, undefined],
    ] as const;
    for (const [sent, name] of said) {
      const text = piece([sent]);
      const mended = mender.mend(JSON.parse(text) as Record<string, unknown>, Buffer.from(text))?.toString() ?? text;
      const { choices } = JSON.parse(mended) as { choices: { delta: { tool_calls: Piece[] } }[] };
      expect(choices[0]?.delta.tool_calls).toMatchObject([{ index: 0 }]);
      expect(choices[0]?.delta.tool_calls[0]?.function?.name).toBe(name);
    }
  });

  test('are mended in the bytes of their chunk, and nothing else of it is', () => {
    const sent = `{ "z":9007199254740993, "id":"c1", "choices" : [ {"n":1.0,"index":0, "delta":{"content":"\\u00e9", "tool_calls":[{"id":"a","function":{"name":"f","arguments":"{}"},"extra":{"s":"x"}}] }, "finish_reason":null} ]}`;
    const mended = createToolCallMender().mend(JSON.parse(sent) as Record<string, unknown>, Buffer.from(sent));
    const calls = '[{"index":0,"id":"a","type":"function","function":{"name":"f","arguments":"{}"},"extra":{"s":"x"}}]';
    expect(mended?.toString()).toBe(sent.replace(/\[\{"id":"a".*?\}\}\]/, calls));
  });

  test('are counted for each choice by itself', () => {
    const mender = createToolCallMender();
    for (const index of [0, 1]) {
      const text = piece([{ function: { name: 'f', arguments: '{}' } }], null, index);
      const mended = mender.mend(JSON.parse(text) as Record<string, unknown>, Buffer.from(text))?.toString() ?? '';
      expect(JSON.parse(mended)).toMatchObject({ choices: [{ delta: { tool_calls: [{ index: 0 }] } }] });
    }
  });

  test('of a whole answer are mended too, and have no index there', () => {
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

/** Ways in which a vendor may say the n-th piece of a call. */
const SAYS: Readonly<Record<string, (call: Call, at: number, args: string, first: boolean) => object>> = {
  rightly: ([id, name], at, args, first) =>
    first
      ? { index: at, id, type: 'function', function: fn(name, args) }
      : { index: at, function: fn(undefined, args) },
  'from 1': ([id, name], at, args, first) =>
    first ? { index: at + 1, id, function: fn(name, args) } : { index: at + 1, function: fn(undefined, args) },
  'all under 0, in a row': ([id, name], _, args, first) =>
    first ? { index: 0, id, function: fn(name, args) } : { index: 0, function: fn('', args) },
  'without an index, the id again': ([id, name], _, args) => ({ id, type: 'function', function: fn(name, args) }),
  'without an index, in a row': ([id, name], _, args, first) =>
    first ? { id, function: fn(name, args) } : { id: 'null', function: fn('', args) },
};

test('any calls in any pieces, said in any of these ways, are the calls that were meant', () => {
  const calls = fc.uniqueArray(fc.tuple(fc.stringMatching(/^c[a-z]{3}$/), fc.stringMatching(/^f[a-z]?$/), fc.json()), {
    minLength: 1,
    maxLength: 4,
    selector: ([id]) => id,
  });
  fc.assert(
    fc.property(calls, fc.constantFrom(...Object.keys(SAYS)), fc.nat(6), (meant, way, size) => {
      const chunks = meant.flatMap((call, at) => {
        const parts = size === 0 ? [call[2]] : (call[2].match(new RegExp(`[^]{1,${size}}`, 'g')) ?? ['']);
        return parts.map((args, n) => piece([SAYS[way]?.(call, at, args, n === 0)]));
      });
      expect(assembled(chunks).calls).toEqual(meant);
    }),
  );
});
