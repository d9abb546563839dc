import fc from 'fast-check';
import { expect, test } from 'vitest';
import { freeformDescription, unwrapFreeform, wrapFreeform } from '../../../src/dialects/neutral/freeform-tool.ts';

test('raw text comes back from the arguments that hold it', () => {
  fc.assert(fc.property(fc.string({ unit: 'grapheme' }), (text) => unwrapFreeform(wrapFreeform(text)) === text));
});

test.each([
  ['{"patch":"*** x"}', '*** x'],
  ['{"code":"1"}', '1'],
  ['{"command":"ls"}', 'ls'],
  ['"*** x"', '*** x'],
  ['*** x', '*** x'],
  ['', ''],
  ['{"input":5}', '{"input":5}'],
  ['{"other":"x"}', '{"other":"x"}'],
  ['{"input":"x","more":"y"}', '{"input":"x","more":"y"}'],
  ['["x"]', '["x"]'],
])('the raw text in %s', (args, text) => {
  expect(unwrapFreeform(args)).toBe(text);
});

test('the description says that the input is raw text, and shows the grammar', () => {
  expect(freeformDescription({ kind: 'custom', name: 'c' })).toBe('Input is raw text.');
  expect(freeformDescription({ kind: 'custom', name: 'c', description: 'Edit.', format: { definition: 'x' } })).toBe(
    'Edit. Input is raw text.\n\n```\nx\n```',
  );
});
