import { createHash } from 'node:crypto';

/** What Mistral accepts as the id of a tool call (mnfst/llm-gateway#1182, openclaw/openclaw#23595). */
const NINE_ALPHANUMERICS = /^[a-zA-Z0-9]{9}$/;
const LENGTH = 9;
const ALPHABET = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';

/**
 * The ids of nine letters and digits for those of a request's tool calls that are not such ids themselves, by the original id. Distinct ids
 * stay distinct. An id is made of the whole original, so that a call, its result and the next request of the conversation agree on it without
 * any state: the first letters of different ids are often the same (vercel/ai#16183). Pure.
 */
export function nineAlphanumericIds(ids: Iterable<string>): ReadonlyMap<string, string> {
  const all = [...new Set(ids)];
  const taken = new Set(all.filter((id) => NINE_ALPHANUMERICS.test(id)));
  const mapped = new Map<string, string>();
  for (const id of all) {
    if (NINE_ALPHANUMERICS.test(id)) continue;
    const short = firstFree(id, taken);
    taken.add(short);
    mapped.set(id, short);
  }
  return mapped;
}

function firstFree(id: string, taken: ReadonlySet<string>): string {
  for (let attempt = 0; ; attempt++) {
    const short = shortId(id, attempt);
    if (!taken.has(short)) return short;
  }
}

/** 9 of 62 characters hold 53 bits of the digest. */
function shortId(id: string, attempt: number): string {
  const digest = createHash('sha256')
    .update(attempt === 0 ? id : `${attempt} ${id}`)
    .digest();
  let rest = digest.readBigUInt64BE();
  let short = '';
  for (let n = 0; n < LENGTH; n++) {
    short += ALPHABET.charAt(Number(rest % 62n));
    rest /= 62n;
  }
  return short;
}
