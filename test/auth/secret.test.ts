import { expect, test } from 'vitest';
import { isMistyped, newSecret, storedSecret } from '../../src/auth/secret.ts';
import { toBase62 } from '../../src/lib/base62.ts';
import { createRedact } from '../../src/lib/redact.ts';

test('secrets differ, have their shape, and use every digit and letter about equally often', () => {
  const secrets = Array.from({ length: 2000 }, () => newSecret());
  expect(new Set(secrets).size).toBe(2000);
  const counts = new Map<string, number>();
  for (const secret of secrets) {
    expect(secret).toMatch(/^sp_[0-9A-Za-z]{36}$/);
    for (const letter of secret.slice(3, 33)) counts.set(letter, (counts.get(letter) ?? 0) + 1);
  }
  // 60,000 letters, 62 kinds: 968 of each, with a deviation of 31.
  expect(counts.size).toBe(62);
  expect(Math.min(...counts.values())).toBeGreaterThan(780);
  expect(Math.max(...counts.values())).toBeLessThan(1160);
});

test('bytes that would make some letters more likely are not used', () => {
  let next = 255;
  const secret = newSecret((bytes) => {
    for (let at = 0; at < bytes.length; at++) bytes[at] = next = next === 255 ? 248 : next + 1;
    bytes[0] = 61;
  });
  expect(secret.slice(3, 33)).toBe('z'.repeat(30));
});

test('one wrong letter, or two that are swapped, is noticed', () => {
  for (let run = 0; run < 200; run++) {
    const secret = newSecret();
    expect(isMistyped(secret)).toBe(false);
    const at = 3 + (run % 35);
    const wrong = secret[at] === 'a' ? 'b' : 'a';
    expect(isMistyped(secret.slice(0, at) + wrong + secret.slice(at + 1))).toBe(true);
    const swapped = secret.slice(0, at) + secret[at + 1] + secret[at] + secret.slice(at + 2);
    expect(isMistyped(swapped)).toBe(swapped !== secret);
  }
});

test.each(['', 'sp_', 'a-key-of-another-form', 'sp_short', `sp_${'x'.repeat(37)}`])(
  '%j is no mistyped secret',
  (key) => {
    expect(isMistyped(key)).toBe(false);
  },
);

test('what is stored has the digest, seven letters of the beginning and four of the end', () => {
  const secret = newSecret();
  const stored = storedSecret(secret, 5);
  expect(stored).toMatchObject({
    prefix: secret.slice(0, 7),
    suffix: secret.slice(-4),
    createdAt: 5,
    endsAt: undefined,
  });
  expect(JSON.stringify(stored)).not.toContain(secret.slice(7, -4));
});

test.each([
  [0, '000000'],
  [61, '00000z'],
  [62, '000010'],
  [2 ** 32 - 1, '4gfFC3'],
])('%d is %s in digits and letters', (value, text) => {
  expect(toBase62(value, 6)).toBe(text);
});

test('a secret is redacted in any text, also where it is cut, and other words are not', () => {
  const redact = createRedact([]);
  for (let run = 0; run < 500; run++) {
    const secret = newSecret();
    expect(redact(`the key ${secret}, or ${secret.slice(0, 30)}`)).toBe('the key ***, or ***');
  }
  expect(redact('call sp_executesql and sp_addextendedproperty')).toBe('call sp_executesql and sp_addextendedproperty');
});
