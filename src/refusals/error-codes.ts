import type { ReadingClass } from '../domain/reading.ts';
import { BUDGET_CODES, CODE_ROWS, type CodeRow } from './wordings/codes.ts';

/** The statuses of errors inside a 2xx, in order of precedence. */
const STATUSES = [529, 504, 429, 401, 402, 403, 404, 400] as const;
const BY_MEANING = patternsBy(([, meaning]) => meaning);
const BY_STATUS = patternsBy(([, , status]) => status);

/** Whether one of an error's codes (`ErrorWords.codes`) means this class under every status. */
export function hasCode(codes: string, meaning: ReadingClass): boolean {
  return BY_MEANING.get(meaning)?.test(codes) === true;
}

/** The status that an error inside a 2xx stands for by its codes; undefined if none of them names one. */
export function statusOfCodes(codes: string): number | undefined {
  return STATUSES.find((status) => BY_STATUS.get(status)?.test(codes));
}

/** The class of OpenRouter's budget codes; undefined if there is none among the codes. */
export function budgetClass(codes: string): ReadingClass | undefined {
  return Object.entries(BUDGET_CODES).find(([code]) => codes.includes(code))?.[1];
}

function patternsBy<Key>(keyOf: (row: CodeRow) => Key): ReadonlyMap<Key, RegExp> {
  const groups = Map.groupBy(CODE_ROWS, keyOf);
  return new Map([...groups].map(([key, rows]) => [key, new RegExp(rows.map(([code]) => code).join('|'))]));
}
