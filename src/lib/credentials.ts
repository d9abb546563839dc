import { withoutNamed } from './named-secrets.ts';
import { isKeyLike, REDACTED } from './secret-values.ts';

/**
 * Credentials by their shape: API keys with a prefix, the gateway's own among them, keys of AWS, Google, GitHub, GitLab, npm and Slack, JSON web tokens, and private keys in
 * PEM. They are also found when they are cut short.
 */
const SHAPES = [
  /\b(?:sk|pk|rk|gsk|csk|xai|nvapi|hf|fw|tgp|pplx|r8)[-_](?=[A-Za-z_-]{0,200}\d|[A-Za-z_-]{0,200}[a-z][A-Z]|[A-Za-z_-]{0,200}[A-Za-z]{16})[A-Za-z0-9_-]{16,}/g,
  /\bsp_(?=[A-Za-z]{0,40}\d|[A-Za-z]{0,40}[a-z][A-Z]|[A-Za-z]{0,40}[A-Z]{3})[A-Za-z0-9]{10,}/g,
  /\bsk-(?=[A-Za-z_-]{0,40}\d)[A-Za-z0-9_-]{6,}/g,
  /\b(?:AKIA|ASIA|AROA|AIDA|ABIA|ACCA)[A-Z0-9]{12,}/g,
  /\bAIza[A-Za-z0-9_-]{10,}/g,
  /\b(?:ya29\.|GOCSPX-)[A-Za-z0-9_-]{10,}/g,
  /\b(?:gh[pousr]_|github_pat_|glpat-|npm_)[A-Za-z0-9_-]{12,}/g,
  /\bxox[a-z]-[A-Za-z0-9-]{8,}/g,
  /\beyJ[A-Za-z0-9_-]{10,}(?:\.[A-Za-z0-9_-]+){0,2}/g,
  /-----BEGIN [A-Z ]{0,30}PRIVATE KEY-----(?:[A-Za-z0-9+/=\s]|\\[nr])*/g,
] as const;

/** Parameters of URLs: keys, tokens, and the signatures of Amazon, Azure and Google. */
const IN_URL = /((?:[?&;]|%3f|%26)(?:[a-z-]{0,20}[_-])?(?:key|token|sig(?:nature)?|auth)(?:=|%3d))[^\s"'&,;]+/gi;
/** The same outside of a URL. */
const ASSIGNED = /\b(?<before>(?:key|sig|sharedaccesssignature)(?:=|%3d))(?<value>[^\s"'&,;]+)/gi;
/** A word of prose behind `Bearer` is no token. */
const BEARER =
  /\b(bearer\s{1,8})(?!(?:tokens?|auth\w{0,20}|keys?|credentials?|schemes?|formats?|headers?|is|was|and|or|in|not|for|realm)\b)[^\s"',;]+/gi;
/** All cookies of a header, or of its value in JSON. */
const COOKIE_VALUE = String.raw`(?:\\{0,3}"[^"\\]{1,400}\\{0,3}"|[^\s"'\\,;]+)`;
const COOKIES = new RegExp(
  String.raw`\bcookie2?\\{0,3}["']?\s{0,4}[:=]\s{0,4}\\{0,3}["']?[\w.-]{1,100}=${COOKIE_VALUE}(?:(?:;\s{0,4}|,)[\w.-]{1,100}(?:=${COOKIE_VALUE}?)?)*`,
  'gi',
);
const COOKIE = new RegExp(
  String.raw`(?<=[\s:;,="'])(?!(?:path|domain|expires|max-age|samesite|version)=)([\w.-]{1,100}=)${COOKIE_VALUE}`,
  'gi',
);
/** The user part of a URL, which may be escaped. */
const URL_USER = /((?::|%3a)(?:\\?\/|%2f){2})[^\s/?#"'<>\\]{1,400}@/gi;

/**
 * Replaces what looks like a credential: values behind names such as `password` and `api_key`, behind `=`, `:`, in JSON, XML, options of commands
 * and sentences; credentials in headers and cookies; keys of known shapes; the user part of URLs. A word of prose stays: "the secret: be kind",
 * "password: must be longer", "key=value pairs". Linear in the text.
 */
export function withoutCredentials(text: string): string {
  let clean = withoutNamed(text.replace(BEARER, `$1${REDACTED}`))
    .replace(IN_URL, `$1${REDACTED}`)
    .replace(ASSIGNED, (match: string, before: string, value: string) => (isKeyLike(value) ? before + REDACTED : match))
    .replace(COOKIES, (header) => header.replace(COOKIE, `$1${REDACTED}`));
  for (const shape of SHAPES) clean = clean.replace(shape, REDACTED);
  return clean.replace(URL_USER, `$1${REDACTED}@`);
}
