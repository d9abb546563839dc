/** What replaces a secret. */
export const REDACTED = '***';

/** A word of more letters than this is hardly one. */
const LONGEST_WORD = 19;
/** A shorter value of a word such as `secret` or `token` is hardly a secret. */
const SHORTEST = 6;
/** Values that are no secret, whatever they belong to. */
const NOTHING = /^(?:|null|none|nil|undefined|true|false|empty|\*+|\$\{[^}]{0,100}\})[.!?})\]]*$/i;
/** A word, possibly at the end of its sentence. */
const PLAIN_WORD = /^(?:[A-Z]?[a-z]+|[A-Z]+)[.!?:]?$/;
/** A number that counts something, with its unit, or the number of a piece of text. */
const SHORT_NUMBER = /^-?\d{1,7}(?:\.\d{1,7})?(?:%|[a-z]{1,2})?[.!?:)]{0,2}$/i;
/** Words with digits that stand behind "password" and "token" in prose: algorithms, encodings and versions. */
const TERM = /^(?:sha|md|base|utf|aes|rsa|hs|rs|es|pbkdf|argon|ed|oauth|v|gpt|llama)[-_]?\d/i;
/** Words with which a sentence about a password goes on. */
const SENTENCE = new RegExp(
  `^(?:${[
    'a|an|and|are|argument|at|be|been|bad|but|can|cannot|contains?|denied|does|error|expected|expired|fail(?:ed|s|ure)?|field|flag|for',
    'format|from|has|have|in|incorrect|input|instead|invalid|is|it|length|malformed|may|mismatch|missing|must|need(?:s|ed)?|no|not|of|on',
    'only|option|or|parameter|please|provided|rejected|required|should|string|that|the|this|to|too|type|unauthori[sz]ed|unknown',
    'unsupported|use|value|was|were|when|will|with|without|wrong|you|your',
  ].join('|')})[.!?:)]*$`,
  'i',
);

/** Whether a value is empty, a literal such as `null`, a variable's name, or redacted already. */
export function isNothing(value: string): boolean {
  return NOTHING.test(value);
}

/** Whether a word goes on with a sentence rather than being a value. */
export function goesOn(value: string): boolean {
  return NOTHING.test(value) || SENTENCE.test(value);
}

/** Whether a value is a word in letters. */
export function isPlainWord(value: string): boolean {
  return PLAIN_WORD.test(value);
}

/** Whether a value is longer than words are. */
export function isLong(value: string): boolean {
  return value.length > LONGEST_WORD;
}

/** Whether a value of `token=`, or of `key=` outside of a URL, is a secret. A token is a piece of text too, in errors of parsers and tokenizers. */
export function isKeyLike(value: string): boolean {
  return isLong(value) || !(goesOn(value) || isPlainWord(value) || SHORT_NUMBER.test(value));
}

/** Whether a value behind a word such as `secret` and a colon is one. `isAttached`: without a blank between the two. */
export function isSecretOfWord(value: string, isAttached: boolean): boolean {
  return isLong(value) || (value.length >= SHORTEST && (isAttached || /\d/.test(value)));
}

/** Whether a word in the midst of prose is hardly one: letters beside digits, capitals behind small letters, signs, or a long number. */
export function isRandom(word: string): boolean {
  const value = word.replace(/[.,:;!?)\]}>]{1,8}$/, '');
  if (value.length < SHORTEST || goesOn(value) || TERM.test(value)) return false;
  return /\d/.test(value)
    ? !/^[\d.,-]{1,7}$/.test(value)
    : /[a-z][A-Z]|[#$%^&*+=~|@!]\w/.test(value.slice(1)) && !isPlainWord(value);
}
