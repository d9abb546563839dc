/** The shortest and the longest account number, in characters (ISO 13616). */
const SHORTEST = 15;
const LONGEST = 34;

/**
 * The length of the longest account number (IBAN) with a correct checksum at the beginning of a text, in characters of the text with its blanks; 0 where there
 * is none.
 */
export function ibanLength(text: string): number {
  let rest = 0;
  let head = '';
  let count = 0;
  let length = 0;
  for (let at = 0; at < text.length && count < LONGEST; at++) {
    const character = text.charAt(at);
    if (character === ' ') continue;
    count++;
    // The country and the check digits count last.
    if (count <= 4) head += character;
    else rest = remainder(rest, character);
    if (count >= SHORTEST && Array.from(head).reduce(remainder, rest) === 1) length = at + 1;
  }
  return length;
}

/** The remainder by 97 of a number to which a letter, as two digits, or a digit is added at its end. */
function remainder(before: number, character: string): number {
  const value = Number.parseInt(character, 36);
  return (before * (value > 9 ? 100 : 10) + value) % 97;
}
