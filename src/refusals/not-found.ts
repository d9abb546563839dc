import { ASKED_TEXT, GONE_CODE, MISSING_TEXT } from './phrases.ts';
import { byText, type Found, type Refusal } from './refusal.ts';

/**
 * What a 404 says: the model is gone where a code or a phrase about the model says so. Without either it may be about a file, an address or
 * what else was asked, which another request does not ask for.
 */
export function missing({ words }: Refusal): Found {
  if (GONE_CODE.test(words.codes)) return { class: 'model_gone' };
  const model = ASKED_TEXT.test(words.said) ? undefined : byText(words, MISSING_TEXT, { class: 'model_gone' });
  return model ?? { class: 'model_gone', scope: 'request' };
}

/** What a 410 says: the status itself is about what was there for everyone, unless its words are about what was asked. */
export function gone({ words }: Refusal): Found {
  if (GONE_CODE.test(words.codes)) return { class: 'model_gone' };
  return byText(words, ASKED_TEXT, { class: 'model_gone', scope: 'request' }) ?? { class: 'model_gone' };
}
