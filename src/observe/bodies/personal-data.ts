import { ibanLength } from '../../lib/iban.ts';
import type { BodyRedaction } from '../../domain/body-rules.ts';

/** Finds one kind of personal data. */
export interface PersonalData {
  readonly name: Exclude<BodyRedaction, 'secrets'>;
  /** Candidates; linear in the text, because every repetition is bounded. */
  readonly pattern: RegExp;
  /** How many characters of a candidate are such data, from its beginning on; 0 for none. */
  readonly lengthIn: (candidate: string) => number;
}

/** Digits of a telephone number with its country (ITU E.164), and of one without. */
const PHONE_DIGITS = { least: 7, most: 15 } as const;
/** Digits of a card's number (ISO 7812). */
const CARD_DIGITS = { least: 13, most: 19 } as const;

/** An address, in any script, as it is written in texts (no quoted local part). */
const EMAIL = /[\p{L}\p{N}._%+'-]{1,64}@(?:[\p{L}\p{N}-]{1,63}\.){1,8}[\p{L}\p{N}-]{2,63}/gu;
const IBAN = /(?<![\p{L}\p{N}])[a-z]{2}\d{2}(?: ?[a-z\d]){11,40}/giu;
const CARD = /(?<![\p{L}\p{N}.+-]|\d )[2-6](?:[ -]?\d){12,18}(?![\p{L}\p{N}])/gu;
/** With a plus or `00`, in the form of North America, or with the 0 of national numbers and a separator. */
const PHONE = new RegExp(
  [
    String.raw`(?<![\p{L}\p{N}]|\d[ -])(?:\+|00)(?:[ ().\/-]{0,3}\d){7,15}(?!\d)`,
    String.raw`(?<![\p{L}\p{N}.-])\(?[2-9]\d{2}\)?[ .-]{1,2}\d{3}[ .-]\d{4}(?![\p{N}-])`,
    String.raw`(?<![\p{L}\p{N}.,:-]|\d[ -])\(?0[1-9]\d{1,4}\)?[ \/-]{1,3}\d{2,}(?:[ -]?\d){2,9}(?![\p{N}])`,
  ].join('|'),
  'gu',
);

/** Personal data that is known by its form, in the order in which it is replaced: a number of a card may look like that of a telephone. */
export const PERSONAL_DATA: readonly PersonalData[] = Object.freeze([
  { name: 'email', pattern: EMAIL, lengthIn: ({ length }) => length },
  { name: 'iban', pattern: IBAN, lengthIn: ibanLength },
  { name: 'card', pattern: CARD, lengthIn: (text) => (isCard(digitsOf(text)) ? text.length : 0) },
  { name: 'phone', pattern: PHONE, lengthIn: (text) => (isPhone(digitsOf(text)) ? text.length : 0) },
]);

function digitsOf(text: string): string {
  return text.replaceAll(/\D/g, '');
}

function isPhone({ length }: string): boolean {
  return length >= PHONE_DIGITS.least && length <= PHONE_DIGITS.most;
}

/** Whether the last digit is the checksum of the others (Luhn). */
function isCard(digits: string): boolean {
  if (digits.length < CARD_DIGITS.least || digits.length > CARD_DIGITS.most) return false;
  let sum = 0;
  for (const [index, digit] of Array.from(digits).toReversed().entries()) {
    const value = Number(digit) * (index % 2 === 0 ? 1 : 2);
    sum += value > 9 ? value - 9 : value;
  }
  return sum % 10 === 0;
}
