import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type ArrangedTurns, arrangeTurns } from '../../../src/dialects/neutral/arrange-turns.ts';
import { Losses } from '../../../src/dialects/neutral/losses.ts';
import type { Block, Turn } from '../../../src/dialects/neutral/request.ts';
import { cpuTime } from '../../helpers/cpu-time.ts';

const text = (value: string): Block => ({ kind: 'text', text: value });
const call = (id: string): Block => ({ kind: 'call', id, name: 'f', input: '{}', freeform: false });
const result = (id: string, value = id): Block => ({
  kind: 'result',
  id,
  parts: [{ kind: 'text', text: value }],
  error: false,
});
const turn = (role: Turn['role'], ...blocks: Block[]): Turn => ({ role, blocks });
const system = (...blocks: Block[]): Turn => turn('system', ...blocks);
const user = (...blocks: Block[]): Turn => turn('user', ...blocks);
const assistant = (...blocks: Block[]): Turn => turn('assistant', ...blocks);

function arranged(
  turns: readonly Turn[],
  keepsSystem = true,
): ArrangedTurns & { readonly reported: readonly string[] } {
  const losses = new Losses();
  return { ...arrangeTurns(turns, { keepsSystem }, losses), reported: losses.reported };
}

test('system turns before any other lead, each for itself', () => {
  const { leading, turns } = arranged([system(text('one')), system(text('')), system(text('two')), user(text('a'))]);
  expect(leading).toEqual([system(text('one')), system(text('two'))]);
  expect(turns).toEqual([user(text('a'))]);
});

test('a conversation of nothing but system turns has no other turns', () => {
  expect(arranged([system(text('one'))])).toMatchObject({ leading: [system(text('one'))], turns: [] });
  expect(arranged([])).toMatchObject({ leading: [], turns: [] });
});

test('a later system turn keeps its place, as system or as the user', () => {
  const turns = [user(text('a')), system(text('note')), user(text('b'))];
  expect(arranged(turns, true).turns).toEqual(turns);
  expect(arranged(turns, false).turns).toEqual([user(text('a'), text('note'), text('b'))]);
});

test('results come behind their calls, in the order of the calls and before any text', () => {
  const { turns } = arranged([
    user(text('a')),
    assistant(call('t1'), call('t2')),
    user(text('and?'), result('t2'), result('t1')),
  ]);
  expect(turns).toEqual([
    user(text('a')),
    assistant(call('t1'), call('t2')),
    user(result('t1'), result('t2'), text('and?')),
  ]);
});

test('results of several turns are one turn, and what stood between comes behind them', () => {
  const turns = [
    user(text('a')),
    assistant(call('t1'), call('t2')),
    user(result('t2')),
    system(text('note')),
    user(result('t1')),
  ];
  expect(arranged(turns, false).turns).toEqual([
    user(text('a')),
    assistant(call('t1'), call('t2')),
    user(result('t1'), result('t2'), text('note')),
  ]);
  expect(arranged(turns, true).turns.slice(2)).toEqual([user(result('t1'), result('t2')), system(text('note'))]);
});

test('a call without a result gets one that reports an error', () => {
  const { turns, reported } = arranged([
    user(text('a')),
    assistant(call('t1'), call('t2')),
    user(result('t2'), text('b')),
  ]);
  expect(turns[2]?.blocks).toMatchObject([{ id: 't1', error: true }, { id: 't2', error: false }, { text: 'b' }]);
  expect(reported).toEqual([]);
});

test('a result without a call is left out and reported', () => {
  const { turns, reported } = arranged([user(result('t9'), text('a'))]);
  expect(turns).toEqual([user(text('a'))]);
  expect(reported).toEqual(['tool_results']);
});

test('an id that is used again has its own result each time', () => {
  const { turns } = arranged([
    assistant(call('t')),
    user(result('t', 'one')),
    assistant(call('t')),
    user(result('t', 'two')),
  ]);
  expect(turns).toEqual([
    assistant(call('t')),
    user(result('t', 'one')),
    assistant(call('t')),
    user(result('t', 'two')),
  ]);
});

test('empty texts and empty turns are left out, and their neighbours are one turn', () => {
  const { turns } = arranged([user(text('a')), assistant(text('')), user(text(''), text('b'))]);
  expect(turns).toEqual([user(text('a'), text('b'))]);
});

const textsIn = (all: readonly Turn[]): number =>
  all.flatMap(({ blocks }) => blocks).filter((block) => block.kind === 'text' && block.text !== '').length;

test('any turns become turns that every API takes', () => {
  const id = fc.constantFrom('t1', 't2', 't3');
  const said = fc.constantFrom('', 'a', 'b').map(text);
  const anyTurn = fc.oneof(
    fc.array(said, { maxLength: 3 }).map((blocks) => system(...blocks)),
    fc
      .array(
        fc.oneof(
          said,
          id.map((each) => result(each)),
        ),
        { maxLength: 4 },
      )
      .map((blocks) => user(...blocks)),
    fc.array(fc.oneof(said, id.map(call)), { maxLength: 4 }).map((blocks) => assistant(...blocks)),
  );
  fc.assert(
    fc.property(fc.array(anyTurn, { maxLength: 12 }), fc.boolean(), (given, keepsSystem) => {
      const { leading, turns } = arranged(given, keepsSystem);
      expect(leading.every(({ role }) => role === 'system')).toBe(true);
      for (const [at, { role, blocks }] of turns.entries()) {
        expect(blocks).not.toHaveLength(0);
        expect(blocks).not.toContainEqual(text(''));
        if (role === 'system') expect(keepsSystem).toBe(true);
        else expect(turns[at + 1]?.role).not.toBe(role);
        const ids = blocks.flatMap((block) => (block.kind === 'call' ? [block.id] : []));
        const next = turns[at + 1]?.blocks ?? [];
        const answered = next.flatMap((block) => (block.kind === 'result' ? [block.id] : []));
        if (ids.length > 0) expect(answered).toEqual(ids);
        const firstOther = blocks.findIndex(({ kind }) => kind !== 'result');
        expect(blocks.slice(firstOther === -1 ? blocks.length : firstOther).some(({ kind }) => kind === 'result')).toBe(
          false,
        );
      }
      expect(textsIn([...leading, ...turns])).toBe(textsIn(given));
    }),
  );
});

test('many turns, blocks and results of one id take no longer each', () => {
  const many = 100_000;
  const results = Array.from({ length: many }, () => result('t'));
  const calls = Array.from({ length: many }, () => call('t'));
  const began = cpuTime();
  const { turns } = arranged([
    user(text('a')),
    assistant(...calls.slice(0, 1)),
    assistant(),
    { role: 'assistant', blocks: calls },
    { role: 'user', blocks: results },
  ]);
  expect(turns.at(-1)?.blocks).toHaveLength(many + 1);
  expect(cpuTime() - began).toBeLessThan(2000);
});

test('a call in a turn of the user is left out with its result, and reported', () => {
  const { turns, reported } = arranged([user(text('a'), call('t1')), user(result('t1')), assistant(text('b'))]);
  expect(turns).toEqual([user(text('a')), assistant(text('b'))]);
  expect(reported).toEqual(['tool_calls', 'tool_results']);
});
