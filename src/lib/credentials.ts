/** What replaces a secret. */
export const REDACTED = '***';

/**
 * Credentials by their shape: API keys with a prefix, keys of AWS, Google, GitHub, GitLab, npm and Slack, JSON web tokens, and private keys in
 * PEM. They are also found when they are cut short.
 */
const SHAPES = [
  /\b(?:sk|pk|rk|gsk|csk|xai|nvapi|hf|fw|tgp|pplx|r8)[-_][A-Za-z0-9_-]{16,}/g,
  /\bsk-(?=[A-Za-z_-]{0,40}\d)[A-Za-z0-9_-]{6,}/g,
  /\b(?:AKIA|ASIA|AROA|AIDA|ABIA|ACCA)[A-Z0-9]{12,}/g,
  /\bAIza[A-Za-z0-9_-]{10,}/g,
  /\b(?:ya29\.|GOCSPX-)[A-Za-z0-9_-]{10,}/g,
  /\b(?:gh[pousr]_|github_pat_|glpat-|npm_)[A-Za-z0-9_-]{12,}/g,
  /\bxox[a-z]-[A-Za-z0-9-]{8,}/g,
  /\beyJ[A-Za-z0-9_-]{10,}(?:\.[A-Za-z0-9_-]+){0,2}/g,
  /-----BEGIN [A-Z ]{0,30}PRIVATE KEY-----(?:[A-Za-z0-9+/=\s]|\\[nr])*/g,
] as const;

const PASSWORD = 'passw(?:or)?d|passphrase|pwd';
/** As programs write them, and therefore hardly in prose. */
const IDENTIFIER = [
  '(?:api|access|private|secret|account|subscription|signing|encryption|master|ssh)[_-]?key',
  '(?:access|refresh|auth|session|security|bearer|api|oauth)[_-]?token',
  '(?<![a-z])id[_-]?token',
  '(?:client|app|consumer|webhook|shared|api|signing)[_-]?secret',
  'authorization',
].join('|');
/** As people write them. */
const WORDS = [
  '(?:api|access|private|secret) key',
  '(?:access|refresh|auth|session|security|bearer|api) token',
  '(?:client|shared) secret',
  'secret',
  String.raw`(?<![\w-])token`,
].join('|');
const QUOTE = String.raw`["'\x60]`;

/**
 * A name whose value is a secret, in any case and at the end of longer names (`DB_PASSWORD`, `X-Api-Key`, `clientSecret`), what stands between
 * the two, and the value: in escaped quotes, in quotes, or up to a blank or a delimiter.
 */
const NAMED = new RegExp(
  [
    `(?<name>(?<password>${PASSWORD})|(?<identifier>${IDENTIFIER})|(?:${WORDS}))`,
    String.raw`(?<between>\\{0,3}${QUOTE}?\s{0,8}(?:(?<equals>=>?|%3d)|:|%3a)(?<blanks>\s{0,8})\[?\s{0,8})`,
    String.raw`(?<scheme>(?:(?:bearer|basic|token|digest|apikey)\s{1,8})?)`,
    '(?:',
    [
      String.raw`(?<escapedOpen>\\{1,3}(?<escapedQuote>${QUOTE}))(?<escaped>(?:(?!\\{1,3}\k<escapedQuote>)[^])*)`,
      String.raw`(?<quote>${QUOTE})(?<quoted>(?:\\[^]|(?!\k<quote>)[^\\])*)`,
      String.raw`(?<bare>(?![<({[])[^\s"'\x60\\,;&]+)`,
    ].join('|'),
    ')',
  ].join(''),
  'gi',
);

/** `key=` and `token=` of URLs, and the signatures of Azure's. */
const IN_URL = /\b(key=|token=|sig(?:nature)?=)[^\s"'&,;]+/gi;
/** A word of prose behind `Bearer` is no token. */
const BEARER =
  /\b(bearer\s{1,8})(?!(?:tokens?|auth\w{0,20}|keys?|credentials?|schemes?|formats?|headers?|is|was|and|or|in|not|for|realm)\b)[^\s"',;]+/gi;
const COOKIE = /\b((?:set-)?cookie\s{0,4}:\s{0,4}[\w.-]{1,100}=)[^\s"'\\,;]+/gi;
/** The user part of a URL, which may be escaped. */
const URL_USER = /((?::|%3a)(?:\\?\/|%2f){2})[^\s/?#"'<>\\]{1,400}@/gi;

/**
 * Replaces what looks like a credential: values behind names such as `password` and `api_key`, behind `=`, `:` or in JSON; credentials in
 * headers and cookies; keys of known shapes; the user part of URLs. A word of prose behind a colon stays: "the secret: be kind", "password:
 * must be longer". Linear in the text.
 */
export function withoutCredentials(text: string): string {
  let clean = withoutNamed(text.replace(BEARER, `$1${REDACTED}`));
  for (const pattern of [IN_URL, COOKIE]) clean = clean.replace(pattern, `$1${REDACTED}`);
  for (const shape of SHAPES) clean = clean.replace(shape, REDACTED);
  return clean.replace(URL_USER, `$1${REDACTED}@`);
}

function withoutNamed(text: string): string {
  let clean = '';
  let from = 0;
  for (const { 0: match, index, groups = {} } of text.matchAll(NAMED)) {
    const end = index + match.length;
    const value = groups['bare'] ?? groups['quoted'] ?? groups['escaped'] ?? '';
    const bareInProse = groups['bare'] !== undefined && groups['equals'] === undefined && groups['scheme'] === '';
    const isSecret = bareInProse
      ? isSecretInProse(value, groups, text.slice(end, end + 2))
      : !NOTHING.test(value) && (!isToken(groups) || /\d/.test(value));
    if (!isSecret) continue;
    clean += text.slice(from, end - value.length) + REDACTED;
    from = end;
  }
  return clean + text.slice(from);
}

type Groups = Readonly<Record<string, string | undefined>>;

/** Whether a value behind a colon is a secret. `behind`: the next two characters. */
function isSecretInProse(value: string, { password, identifier, blanks }: Groups, behind: string): boolean {
  if (NOTHING.test(value) || SENTENCE.test(value)) return false;
  if (password !== undefined) return true;
  if (identifier !== undefined) return !PLAIN_WORD.test(value) || !/^[ \t][a-z]/i.test(behind);
  return value.length > LONGEST_WORD || (value.length >= SHORTEST && (blanks === '' || /\d/.test(value)));
}

/** A token is a piece of text too, in errors of parsers and tokenizers. */
function isToken({ name }: Groups): boolean {
  return name?.toLowerCase() === 'token';
}

/** A word of more letters than this is hardly one. */
const LONGEST_WORD = 19;
/** A shorter value of a word such as `secret` or `token` is hardly a secret. */
const SHORTEST = 6;
/** Values that are no secret, whatever they belong to. */
const NOTHING = /^(?:|null|none|nil|undefined|true|false|empty|\*+|\$\{[^}]*\})[.!?})\]]*$/i;
/** A word, possibly at the end of its sentence. */
const PLAIN_WORD = /^(?:[A-Z]?[a-z]+|[A-Z]+)[.!?:]?$/;
/** Words with which a sentence about a password goes on. */
const SENTENCE = new RegExp(
  `^(?:${[
    'a|an|and|are|at|be|been|bad|can|cannot|contains?|denied|does|error|expected|expired|fail(?:ed|s|ure)?|field|for|format|from',
    'has|have|in|incorrect|input|invalid|is|it|length|malformed|may|mismatch|missing|must|need(?:s|ed)?|no|not|of|on|only|or',
    'please|provided|rejected|required|should|string|that|the|this|to|too|type|unauthori[sz]ed|unknown|unsupported|use|value|was',
    'were|will|with|wrong|you|your',
  ].join('|')})[.!?:)]*$`,
  'i',
);
