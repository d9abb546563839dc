import { MONEY_CODE, MONEY_TEXT, OVERLOAD, QUOTA_TEXT, RATE_CODE } from './phrases.ts';
import { byText, type Found, type Refusal } from './refusal.ts';

/** What a status or a code says that is for limits: which it is, or that what was met is no limit at all. The words that name a limit are told with it. */
export function limitMet(refusal: Refusal): Found {
  const { words, spent } = refusal;
  const { codes } = words;
  if (codes.includes('in_flight_budget_exhausted')) return { class: 'rate_limited' };
  if (codes.includes('weight_exceeds_budget')) return { class: 'too_large_for_limit' };
  if (MONEY_CODE.test(codes)) return { class: 'no_money' };
  const poor = byText(words, MONEY_TEXT, { class: 'no_money' });
  if (poor !== undefined) return poor;
  const unpaid = byText(words, QUOTA_TEXT, { class: 'no_money' });
  if (unpaid !== undefined && !RATE_CODE.test(codes) && spent.day === undefined) return unpaid;
  // Of a model that has no free tier nothing is granted; the same key may serve others.
  if (grantsNothing(refusal)) return { class: 'no_money', scope: 'model' };
  if (spent.tooLarge) return { class: 'too_large_for_limit' };
  if (spent.period === undefined && OVERLOAD.test(codes)) return { class: 'overloaded' };
  const busy = spent.period === undefined ? byText(words, OVERLOAD, { class: 'overloaded' }) : undefined;
  if (busy !== undefined) return busy;
  // A trial's month is over for the key, and not for one of its models.
  if (spent.period === 'month') return { class: 'no_money' };
  return { class: spent.period === 'day' ? 'quota_day' : 'rate_limited' };
}

/** A limit is nothing where a quota says so, or words that tell neither what remains of it nor when to come back; Google's do in any case. */
function grantsNothing({ spent, error, words, hinted }: Refusal): boolean {
  if (!spent.nothingGranted) return false;
  if ((error.extras?.quotas.length ?? 0) > 0 || words.said.includes('quota exceeded for metric')) return true;
  return !hinted && !words.said.includes('remaining');
}
