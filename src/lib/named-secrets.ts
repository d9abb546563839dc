import {
  goesOn,
  isKeyLike,
  isLong,
  isNothing,
  isPlainWord,
  isRandom,
  isSecretOfWord,
  REDACTED,
} from './secret-values.ts';

/** Names of passwords, in any case and at the end of longer names (`DB_PASSWORD`). */
const PASSWORD = 'passw(?:or)?ds?|pass[_-]?(?:phrase|code)|pwd';
/** As programs write them, and therefore hardly in prose. */
const IDENTIFIER = [
  '(?:api|access|private|secret|account|subscription|signing|encryption|master|ssh|licen[sc]e|activation|storage)[_-]?key',
  '(?:access|refresh|auth|session|security|bearer|api|oauth)[_-]?token',
  '(?<![a-z])id[_-]?token',
  '(?:client|app|consumer|webhook|shared|api|signing)[_-]?secret',
  '(?:session|sess|secret)[_-]?(?:id|key)',
  'authorization',
].join('|');
/** As people write them, or with other meanings too. */
const WORDS = [
  '(?:api|access|private|secret|licen[sc]e) key',
  '(?:access|refresh|auth|session|security|bearer|api) token',
  '(?:client|shared) secret',
  'secret',
  'credentials?',
  'signature',
  '(?:(?<![a-z])|db|user|root|admin|smtp|ftp)pass',
  '(?<![a-z])(?:pw|auth|jwt|sid|otp)',
].join('|');
const NAME = `(?<name>(?<password>${PASSWORD})|(?<identifier>${IDENTIFIER})|(?:${WORDS})|(?<token>token))`;
const QUOTE = String.raw`["'\x60]`;

/** A value in escaped quotes or in quotes; one that is cut short has no end. */
const QUOTED = [
  String.raw`(?<escapedOpen>\\{1,3}(?<escapedQuote>${QUOTE}))(?<escaped>(?:(?!\\{1,3}\k<escapedQuote>)[^])*)`,
  String.raw`(?<quote>${QUOTE})(?<quoted>(?:\\[^]|(?!\k<quote>)[^\\])*)`,
].join('|');
/** A word in quotes, or without. */
const WORD = String.raw`(?:(?<open>\\{0,3}${QUOTE})(?<quotedWord>[^\s"'\x60\\]+)|(?<bare>[^\s"'\x60\\,;&<>()[\]{}]+))`;

/** A name, `=` or `:`, and its value: in quotes, in brackets, or up to a blank or a delimiter. */
const ASSIGNED = new RegExp(
  [
    NAME,
    String.raw`\\{0,3}${QUOTE}?\s{0,8}(?:(?<equals>=>?|->|%3d)|:|%3a)(?<blanks>\s{0,8})\[?\s{0,8}`,
    String.raw`(?<scheme>(?:(?:bearer|basic|token|digest|apikey)\s{1,8})?)`,
    String.raw`(?:${QUOTED}|(?:\(|(?<=[=>]\s{0,8})[<{])(?<enclosed>[^\s"'\x60\\(){}<>[\]:=]{1,400})(?=[)}>\]]|$)`,
    String.raw`|(?<bare>(?![<({[])[^\s"'\x60\\,;&]+))`,
  ].join(''),
  'gi',
);
/** An option of a command and its value. */
const OPTION = new RegExp(String.raw`(?<![\w-])--?[\w-]{0,40}?${NAME}\s{1,8}(?!-)${WORD}`, 'gi');
/** A name in a sentence, what the sentence has in between, and a word. */
const IN_PROSE = new RegExp(
  String.raw`(?<!(?:unexpected|unknown|special|illegal)\s)${NAME}(?<verb>(?:\s{1,4}(?:is|was|are|equals?|set|changed|to|as|value|you|provided|given|sent|used|user|account|(?:for|of)\s[\w.@-]{1,40})(?![\w-])){0,4})\s{0,4}[:=]?\s{0,4}(?<=[\s:=])[([]?${WORD}`,
  'gi',
);
/** An element of XML, which may be escaped. */
const ELEMENT = new RegExp(
  String.raw`(?:<|&lt;)(?:[\w.-]{1,40}:)?[\w.-]{0,40}?${NAME}(?:\s(?:(?!&gt;)[^<>]){0,200})?(?:>|&gt;)\s{0,8}(?:<!\[CDATA\[)?(?<bare>(?:(?!&lt;)[^<>])+)`,
  'gi',
);
const Q = String.raw`\\{0,3}${QUOTE}?`;
const VALUE = '(?:value|val|v|content|data|default)';
const KEYED = String.raw`\b(?:name|key|id|field|header|k)${Q}\s{0,8}[:=]\s{0,8}${Q}[\w.-]{0,40}?${NAME}${Q}`;
/** Other members between the two. */
const OTHERS = String.raw`(?:,?\s{0,8}${Q}[\w-]{1,40}${Q}\s{0,4}[:=]\s{0,4}${Q}[\w.-]{0,40}${Q}){0,3}`;
/** Two members, or attributes, of which one has the name and the other has the value. */
const PAIR = new RegExp(
  String.raw`${KEYED}${OTHERS}\s{0,8},?\s{0,8}${Q}(?<![a-z])${VALUE}${Q}\s{0,8}[:=]\s{0,8}(?:${QUOTED}|(?<bare>[^\s"'\x60\\,;&{}[\]<>]+))`,
  'gi',
);
const PAIR_REVERSED = new RegExp(
  String.raw`\b${VALUE}${Q}\s{0,8}[:=]\s{0,8}\\{0,3}${QUOTE}(?<bare>[^"'\x60\\]{1,400})(?<behind>\\{0,3}${QUOTE}${OTHERS}\s{0,8},?\s{0,8}${Q}${KEYED})`,
  'gi',
);
/** An element of XML with the name in an attribute. */
const NAMED_ELEMENT = new RegExp(String.raw`${KEYED}[^<>]{0,200}>(?<bare>[^<>]+)`, 'gi');

type Groups = Readonly<Record<string, string | undefined>>;
interface Match {
  readonly groups: Groups;
  readonly value: string;
  /** The next two characters. */
  readonly behind: string;
}

const FORMS: readonly (readonly [pattern: RegExp, isSecret: (match: Match) => boolean])[] = [
  [PAIR, ({ value }) => !isNothing(value)],
  [PAIR_REVERSED, ({ value }) => !isNothing(value)],
  [ELEMENT, isContent],
  [NAMED_ELEMENT, isContent],
  [ASSIGNED, isAssigned],
  [OPTION, ({ value, groups }) => !goesOn(value) && (groups['token'] === undefined || isRandom(value))],
  [IN_PROSE, isInProse],
];

/**
 * Replaces values behind the names of secrets: `password=`, `"api_key":`, `--token`, "password is", elements of XML, and the values of members
 * whose neighbour has the name. A word of prose stays: "the secret: be kind", "password must be longer". Linear in the text.
 */
export function withoutNamed(text: string): string {
  return FORMS.reduce((clean, [pattern, isSecret]) => without(clean, pattern, isSecret), text);
}

function without(text: string, pattern: RegExp, isSecret: (match: Match) => boolean): string {
  let clean = '';
  let from = 0;
  pattern.lastIndex = 0;
  for (let found = pattern.exec(text); found !== null; found = pattern.exec(text)) {
    const { 0: match, index, groups = {} } = found;
    const end = index + match.length - (groups['behind']?.length ?? 0);
    const value = valueOf(groups);
    if (isSecret({ groups, value, behind: text.slice(end, end + 2) })) {
      clean += text.slice(from, end - value.length) + REDACTED;
      from = end;
    } else {
      // Another name may be in what is no secret. That is short, so that this is linear.
      const name = groups['name'] ?? '';
      pattern.lastIndex = index + Math.max(1, match.indexOf(name) + name.length);
    }
  }
  return clean + text.slice(from);
}

function valueOf({ bare, quoted, escaped, enclosed, quotedWord }: Groups): string {
  return bare ?? enclosed ?? quoted ?? escaped ?? quotedWord ?? '';
}

/** What an element contains; behind the name of an element in prose no other element follows. */
function isContent({ groups, value, behind }: Match): boolean {
  const content = value.trim();
  if (isNothing(content) || (!/^(?:<\/|&l)/.test(behind) && /\s/.test(value))) return false;
  return groups['token'] === undefined || isKeyLike(content);
}

function isAssigned({ groups, value, behind }: Match): boolean {
  const { password, identifier, token, equals, scheme, blanks, quoted, escaped } = groups;
  const isQuoted = quoted !== undefined || escaped !== undefined;
  if (isNothing(value)) return false;
  if (token !== undefined && scheme === '')
    return isLong(value) || (isKeyLike(value) && (equals !== undefined || /\d/.test(value)));
  if (isQuoted || scheme !== '') return true;
  if (equals !== undefined)
    return (password ?? identifier) !== undefined && groups['enclosed'] === undefined ? true : !goesOn(value);
  if (goesOn(value)) return false;
  if (password !== undefined) return true;
  if (identifier !== undefined) return !isPlainWord(value) || !/^[ \t][a-z]/i.test(behind);
  return isSecretOfWord(value, blanks === '');
}

function isInProse({ groups, value }: Match): boolean {
  const { password, quotedWord, verb } = groups;
  // Other names stand beside each other in quotes, as in lists of fields.
  if (quotedWord !== undefined && password !== undefined) return !goesOn(value);
  return (verb !== '' || password !== undefined || quotedWord !== undefined) && isRandom(value);
}
