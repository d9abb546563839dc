import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import fc from 'fast-check';
import { nineAlphanumericIds } from '../../src/dialects/call-ids.ts';

const FITS = /^[a-zA-Z0-9]{9}$/;
const fitting = fc.stringMatching(/^[a-zA-Z0-9]{9}$/);
const anyId = fc.oneof(fitting, fc.string(), fc.string({ unit: 'binary' }), fc.constantFrom('call_1', 'call_2', ''));

test('distinct ids stay distinct, fit, and those that fit already stay', () => {
  fc.assert(
    fc.property(fc.array(anyId), (ids) => {
      const mapped = nineAlphanumericIds(ids);
      const sent = [...new Set(ids)].map((id) => mapped.get(id) ?? id);
      expect(sent.every((id) => FITS.test(id))).toBe(true);
      expect(new Set(sent).size).toBe(sent.length);
      expect([...mapped.keys()].filter((id) => FITS.test(id))).toEqual([]);
    }),
  );
});

test('an id is mapped alike in every request', () => {
  const alone = nineAlphanumericIds(['call_A1b2C3d4E5f6G7h8']).get('call_A1b2C3d4E5f6G7h8');
  const later = nineAlphanumericIds(['toolu_01', 'call_A1b2C3d4E5f6G7h8', 'AbCdEfGh1']);
  expect(later.get('call_A1b2C3d4E5f6G7h8')).toBe(alone);
});

test('an id gives way to one that fits already', () => {
  const made = nineAlphanumericIds(['call_1']).get('call_1') ?? '';
  const [first, second] = [
    ['call_1', made],
    [made, 'call_1'],
  ].map((ids) => nineAlphanumericIds(ids).get('call_1'));
  expect([first === made, FITS.test(first ?? ''), second]).toEqual([false, true, first]);
});

test('ids that the digest cannot distinguish are distinguished', () => {
  const [one, two] = ['\uD800', '\uDBFF'];
  const digests = [one, two].map((id) => createHash('sha256').update(id).digest('hex'));
  expect(new Set(digests).size).toBe(1);
  const mapped = nineAlphanumericIds([one, two]);
  expect(new Set(mapped.values()).size).toBe(2);
});
