/** The units of a duration, in the order of the groups of `AMOUNT`. */
export const DURATION_UNITS = ['mo', 'ms', 's', 'm', 'h', 'd', 'w'] as const;

/**
 * The spellings of each unit, as sources of patterns for lower-case text: first in Latin and Cyrillic letters (English, Spanish,
 * Portuguese, French, German, Italian, Russian), then in scripts without blanks (Chinese, Japanese, Korean).
 */
const UNIT_SPELLINGS: Readonly<Record<(typeof DURATION_UNITS)[number], readonly [spaced: string, unspaced: string]>> = {
  mo: ['months?|mes(?:es)?|mois|monate?n?|mes[ei]|m[eê]s|месяц(?:а|ев)?', '个月|個月|か月|ヶ月|개월'],
  ms: [
    'ms(?:ecs?)?|milli(?:s(?:ec(?:onde?)?s?)?|sekunden?|second[io])?|mil[ie]segundos?|миллисекунд[аы]?|мс',
    '毫秒|ミリ秒|밀리초',
  ],
  s: ['s(?:ec(?:ond?)?s?)?|seg(?:undos?)?|secondes?|second[oi]|sek(?:unden?)?|секунд[аыу]?|сек|с', '秒[钟鐘間]?|초'],
  m: ['m(?:in(?:ute)?s?)?|minutos?|minuten|minut[oi]|минут[аыу]?|мин|м', '分[钟鐘間]?|분'],
  h: [
    'h(?:(?:ou)?rs?)?|horas?|heures?|stunden?|std|or[ae]|час(?:а|ов)?|ч',
    '[个個]?(?:小时|小時)|[个個]钟头|時間|시간',
  ],
  d: ['d(?:ays?)?|d[ií]as?|jours?|j|tage?n?|giorn[oi]|день|дня|дней|д', '天|日間?|일'],
  w: ['w(?:(?:ee)?ks?)?|semanas?|semaines?|wochen?|settiman[ae]|недел[яиюьею]', '[周週]間?|[个個]?(?:星期|礼拜)|주일?'],
};

/** Numbers as words, longest first. */
export const NUMBER_WORDS: Readonly<Record<string, number>> = {
  'half an': 0.5,
  'half a': 0.5,
  fourteen: 14,
  thirteen: 13,
  fifteen: 15,
  twenty: 20,
  thirty: 30,
  sixty: 60,
  twelve: 12,
  eleven: 11,
  seven: 7,
  three: 3,
  eight: 8,
  four: 4,
  five: 5,
  nine: 9,
  one: 1,
  two: 2,
  six: 6,
  ten: 10,
  an: 1,
  a: 1,
};

/** Chinese numerals; 十 multiplies what stands in front of it. */
export const CHINESE_NUMBERS: Readonly<Record<string, number>> = {
  半: 0.5,
  一: 1,
  二: 2,
  两: 2,
  三: 3,
  四: 4,
  五: 5,
  六: 6,
  七: 7,
  八: 8,
  九: 9,
  十: 10,
};

/**
 * One amount of a duration in a lower-case text, such as `1 hour`, `2m`, `3 天`. The first group is the number, in digits or as a word.
 * One of the others matches: there is one for each unit's spaced spellings, then one for each unit's unspaced spellings. Sticky.
 */
export const AMOUNT = new RegExp(
  String.raw`(\d{1,15}(?:[.,]\d{1,15}){0,4}|(?:${Object.keys(NUMBER_WORDS).join('|')})(?= [a-z])|[${Object.keys(CHINESE_NUMBERS).join('')}]{1,3})[ \u00a0]{0,2}(?:(?:${alternatives(0)})(?![\p{L}_])|(?:${alternatives(1)}))`,
  'uy',
);

/** What may stand between two amounts of one duration: "1 hour and 30 minutes", "1h 30m". Sticky. */
export const BETWEEN_AMOUNTS = /,? {1,2}(?:(?:and|y|e|et|und|и) {1,2})?|,|と|零/uy;

/** A clock's notation for a duration: `00:47:11`, and with days `1.02:03:04` (Azure); the groups are days, hours, minutes, seconds. Sticky. */
export const CLOCK_DURATION = /(?:(\d{1,3})\.)?(\d{1,2}):(\d{2}):(\d{2}(?:\.\d{1,9})?)(?![\d:])/uy;

/** A duration of ISO 8601, in lower case: `pt1h30m`, `p3d`; the groups are days, hours, minutes, seconds. Sticky. */
export const ISO_DURATION =
  /p(?=\d|t\d)(?:(\d{1,9})d)?(?:t(?:(\d{1,9})h)?(?:(\d{1,9})m)?(?:(\d{1,9}(?:[.,]\d{1,9})?)s)?)?(?![\p{L}\d])/uy;

/** What follows a duration that is no wait: the size of something, or a time that has passed ("3 days ago"). Sticky. */
export const NOT_A_WAIT =
  /[- ]?(?:(?:ago|timed|elapsed|limit|window|quota|plan|period|rolling|session|of|per|passed|atrás|fa|назад|límite|limite|de límite)(?!\p{L})|前|以前|전|限[额額制]|上限|的)/uy;

/** The spellings of each unit as the alternatives of a pattern, each in a group. */
function alternatives(script: 0 | 1): string {
  return DURATION_UNITS.map((unit) => `(${UNIT_SPELLINGS[unit][script]})`).join('|');
}

/** A number of seconds without a unit. Sticky. */
export const BARE_SECONDS = /\d{1,7}(?:\.\d{1,6})?(?![\d.,:/-]?[\p{L}\d%]| \p{L})/uy;
