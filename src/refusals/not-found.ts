import { hasCode } from './error-codes.ts';
import { badRequest } from './bad-request.ts';
import { type ClassMatch, contentFiltered, matchText, type Refusal } from './refusal.ts';
import { MODEL_NOT_FOUND, OTHER_NOT_FOUND } from './wordings/model.ts';

/**
 * Classifies a 404: the model is gone if a code or a phrase about the model says so. A text about a file, a URL or another requirement of
 * this request is a refusal of it. Without any of them it affects this request only.
 */
export function notFound(refusal: Refusal): ClassMatch {
  const { words } = refusal;
  if (hasCode(words.codes, 'model_gone')) return { class: 'model_gone' };
  const filtered = contentFiltered(words);
  if (filtered !== undefined) return filtered;
  if (hasCode(words.codes, 'bad_request') || OTHER_NOT_FOUND.test(words.ownText)) return badRequest(refusal);
  return matchText(words, MODEL_NOT_FOUND, { class: 'model_gone' }) ?? { class: 'model_gone', scope: 'request' };
}

/** Classifies a 410: the status alone means that the model was removed for all requests, unless the text is about this request. */
export function gone({ words }: Refusal): ClassMatch {
  if (hasCode(words.codes, 'model_gone')) return { class: 'model_gone' };
  return matchText(words, OTHER_NOT_FOUND, { class: 'model_gone', scope: 'request' }) ?? { class: 'model_gone' };
}
