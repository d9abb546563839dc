import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { NO_QUIRKS } from '../../../../src/catalog/preset.ts';
import type { Quirks } from '../../../../src/domain/chain.ts';
import { mendedMessages } from '../../../helpers/mended-messages.ts';

const NINE: Quirks = { ...NO_QUIRKS, callIds: 'nine-alphanumerics' };
const STRICT: Quirks = { ...NO_QUIRKS, callRejects: ['extra_content', 'thought_signature'] };
const FILLS: Quirks = { ...NO_QUIRKS, fillsReasoning: true };
const FITS = /^[a-zA-Z0-9]{9}$/;

/** The mended `messages` of a body with these; undefined where nothing changes. */
function mended(messages: string, quirks: Quirks, others = '"n":1'): string | undefined {
  return mendedMessages(`{"model":"m", "messages": ${messages} ,${others}}`, quirks);
}

/** Puts ids in place of the placeholders; `@` in texts is written as an escape. */
function withIds(json: string, ids: readonly string[]): string {
  let next = 0;
  return json.replaceAll('@', () => JSON.stringify(ids[next++]));
}

/** A history with a call that has these members, and these in its function. */
const callWith = (members: string, inFunction = ''): string =>
  `[{"role":"assistant","content":null,"tool_calls":[ {"id":"a" ,"x":1.0${members},"function":{"name":"f"${inFunction},"arguments":"{}"}} , {"id":"b","function":{}}]}]`;

describe('ids of tool calls', () => {
  /** JSON with blanks and escapes, in which each id is a placeholder. */
  const blanks = fc.constantFrom('', ' ', '\n\t');
  const id = fc.oneof(
    fc.stringMatching(/^[a-zA-Z0-9]{9}$/),
    fc.string(),
    fc.constantFrom('call_1', 'call_2', 'toolu_01A', 'functions.look:0', ''),
  );
  const text = fc.string().map((each) => JSON.stringify(each));
  const call = fc.record({ id, blank: blanks, name: text, args: text }).map(({ id: own, blank, name, args }) => ({
    ids: [own],
    json: `{${blank}"index":0,"id"${blank}:${blank}@,"type":"function","x":1.0,"function":{"name":${name},"arguments":${args}}}`,
  }));
  const assistant = fc
    .record({ calls: fc.array(call, { maxLength: 3 }), blank: blanks, content: text })
    .map((each) => ({
      ids: each.calls.flatMap(({ ids }) => ids),
      json: `{"role":"assistant",${each.blank}"content":${each.content},"tool_calls":[${each.blank}${each.calls.map(({ json }) => json).join(`${each.blank},`)}]}`,
    }));
  const result = fc.record({ id, content: text }).map(({ id: own, content }) => ({
    ids: [own],
    json: `{"role":"tool", "content":${content},"tool_call_id":@ }`,
  }));
  const user = text.map((content) => ({ ids: [], json: `{"role":"user","content":${content}}` }));
  const history = fc.array(fc.oneof(assistant, result, user), { maxLength: 6 });

  test('fit and pair afterwards, and every other byte stays', () => {
    fc.assert(
      fc.property(history, blanks, (messages, blank) => {
        // A placeholder within a text would be mistaken for an id.
        fc.pre(messages.every(({ ids, json }) => json.split('@').length === ids.length + 1));
        const ids = messages.flatMap((each) => each.ids);
        const json = `[${blank}${messages.map((each) => each.json).join(`${blank},`)}]`;
        const before = withIds(json, ids);
        const after = mended(before, NINE);
        const allFit = ids.every((each) => FITS.test(each));
        expect(after === undefined).toBe(allFit);
        if (allFit) return;
        const sent = idsIn(JSON.parse(after ?? '[]'));
        expect(sent.filter((each) => !FITS.test(each))).toEqual([]);
        expect(after).toBe(withIds(json, sent));
        // Equal ids stay equal, and distinct ones distinct.
        expect(sent.map((each) => sent.indexOf(each))).toEqual(ids.map((each) => ids.indexOf(each)));
        expect(sent.filter((each, index) => FITS.test(ids[index] ?? '') && each !== ids[index])).toEqual([]);
      }),
    );
  });

  test('are left alone by servers that accept any', () => {
    expect(mended('[{"role":"tool","tool_call_id":"call_1","content":"x"}]', NO_QUIRKS)).toBeUndefined();
  });
});

/** The ids of a history's calls and results, in the order of the text. */
function idsIn(messages: readonly { tool_calls?: { id: string }[]; tool_call_id?: string }[]): string[] {
  return messages.flatMap(({ tool_calls: calls = [], tool_call_id: own }) => [
    ...calls.map(({ id }) => id),
    ...(own === undefined ? [] : [own]),
  ]);
}

describe('members of tool calls that a server refuses', () => {
  test.each([
    ['in the call', callWith(',"extra_content":{"google":{"thought_signature":"c2ln"}}'), callWith('')],
    ['in its function', callWith('', ',"thought_signature":"c2ln"'), callWith('')],
    ['in both', callWith(',"extra_content":null', ',"extra_content":[1]'), callWith('')],
    ['under an escaped name', callWith(',"extra_\\u0063ontent":1'), callWith('')],
    ['null, whatever its name', callWith(',"name":null'), callWith('')],
  ])('are removed %s, and every other byte stays', (_, before, after) => {
    expect(mended(before, STRICT)).toBe(after);
  });

  test('stay elsewhere: in a message, in arguments, and at other servers', () => {
    const elsewhere = '[{"role":"user","extra_content":1,"content":"extra_content"}]';
    expect([mended(elsewhere, STRICT), mended(callWith(',"extra_content":1'), NO_QUIRKS)]).toEqual([
      undefined,
      undefined,
    ]);
    expect(mended('[{"role":"assistant","tool_calls":null},{"role":"assistant","tool_calls":[null,1]}]', STRICT)).toBe(
      undefined,
    );
  });
});

describe('missing reasoning', () => {
  test.each([
    [
      'absent',
      '{"role":"assistant","content":"x","tool_calls":[]}',
      '{"role":"assistant","content":"x","tool_calls":[],"reasoning_content":" "}',
    ],
    ['null', '{"reasoning_content": null,"role":"assistant"}', '{"reasoning_content": " ","role":"assistant"}'],
    ['empty', '{"role":"assistant","reasoning_content":""}', '{"role":"assistant","reasoning_content":" "}'],
  ])('is a blank where it is %s', (_, before, after) => {
    expect(mended(`[{"role":"user","content":"x"}, ${before}]`, FILLS)).toBe(
      `[{"role":"user","content":"x"}, ${after}]`,
    );
  });

  test('is left alone where there is some, in other roles, and without thinking', () => {
    expect(
      mended('[{"role":"assistant","reasoning_content":"hm"},{"role":"user","content":"x"}]', FILLS),
    ).toBeUndefined();
    expect(mended('[{"role":"assistant"}]', FILLS, '"thinking":{"type":"disabled"}')).toBeUndefined();
  });
});

test('all mending of one message happens at once', () => {
  const before =
    '[{"role":"assistant","refusal":null,"tool_calls":[{"id":"call_1","extra_content":1,"function":{"name":"f","arguments":"{}"}}]},{"role":"tool","tool_call_id":"call_1","content":"x"}]';
  const quirks: Quirks = {
    ...STRICT,
    ...FILLS,
    callRejects: STRICT.callRejects,
    callIds: 'nine-alphanumerics',
    messageRejects: ['refusal'],
  };
  const after = JSON.parse(mended(before, quirks) ?? '[]');
  const [id] = idsIn(after);
  expect(after).toEqual([
    { role: 'assistant', tool_calls: [{ id, function: { name: 'f', arguments: '{}' } }], reasoning_content: ' ' },
    { role: 'tool', tool_call_id: id, content: 'x' },
  ]);
  expect(id).toMatch(FITS);
});
