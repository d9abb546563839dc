/** Spellings of the months, January first: English, then Spanish, Portuguese, French, German, Italian and Russian where they differ. */
const MONTH_SPELLINGS: readonly string[] = [
  'january jan enero ene janeiro janvier janv januar gennaio gen января янв',
  'february feb febrero fevereiro fev février févr fév februar febbraio февраля фев',
  'march mar marzo março mars märz mär марта мар',
  'april apr abril abr avril avr aprile апреля апр',
  'may mayo maio mai maggio mag мая май',
  'june jun junio junho juin juni giugno giu июня июн',
  'july jul julio julho juillet juil juli luglio lug июля июл',
  'august aug agosto ago août aout августа авг',
  'september sep sept septiembre setembro set septembre settembre сентября сен',
  'october oct octubre outubro out octobre oktober okt ottobre ott октября окт',
  'november nov noviembre novembro novembre ноября ноя',
  'december dec diciembre dic dezembro dez décembre déc dezember dicembre декабря дек',
];

/** The months by their spellings, January as 1. */
export const MONTHS: ReadonlyMap<string, number> = numbered(MONTH_SPELLINGS, 1);

/** The days of the week by their spellings, Sunday as 0. */
export const WEEKDAYS: ReadonlyMap<string, number> = numbered(
  [
    'sunday sun',
    'monday mon',
    'tuesday tue tues',
    'wednesday wed',
    'thursday thu thur thurs',
    'friday fri',
    'saturday sat',
  ],
  0,
);

/** Days ahead by the words for them. */
export const DAYS_AHEAD: ReadonlyMap<string, number> = numbered(
  [
    'today hoy hoje heute oggi сегодня 今天 今日 오늘',
    'tomorrow mañana amanhã demain morgen domani завтра 明天 明日 내일',
  ],
  0,
);

/** Zones by the abbreviations and names that providers use, as IANA names or offsets. An ambiguous one means its most frequent use. */
export const ZONES: Readonly<Record<string, string>> = {
  z: 'UTC',
  utc: 'UTC',
  gmt: 'UTC',
  est: '-05:00',
  edt: '-04:00',
  et: 'America/New_York',
  'eastern time': 'America/New_York',
  cst: '-06:00',
  cdt: '-05:00',
  ct: 'America/Chicago',
  'central time': 'America/Chicago',
  mst: '-07:00',
  mdt: '-06:00',
  mt: 'America/Denver',
  pst: '-08:00',
  pdt: '-07:00',
  pt: 'America/Los_Angeles',
  'pacific time': 'America/Los_Angeles',
  cet: '+01:00',
  cest: '+02:00',
  mez: '+01:00',
  mesz: '+02:00',
  bst: '+01:00',
  msk: '+03:00',
  ist: '+05:30',
  jst: '+09:00',
  kst: '+09:00',
  'beijing time': '+08:00',
  北京时间: '+08:00',
  日本時間: '+09:00',
};

const YEAR_FIRST = String.raw`(?<year>\d{4})(?:[-/.]|年 ?|년 ?)(?<month>\d{1,2})(?:[-/.]|月 ?|월 ?)(?<day>\d{1,2})(?!\d)[日号일]?`;
/** A month and a day without a year: `12月1日`, `12월 1일`. */
const MONTH_FIRST_CJK = String.raw`(?<month>\d{1,2})(?:月|월) ?(?<day>\d{1,2})[日号號일]`;
const DAY_FIRST_DOTTED = String.raw`(?<day>\d{1,2})\.(?<month>\d{1,2})\.(?<year>\d{4})(?!\d)`;
/** A day of the week before a date says nothing more. */
const WEEKDAY_BEFORE = String.raw`(?:[a-z]{3,9}\.?,? )?`;
/** `dec 1st, 2026`, `tue dec 01 2026`. */
const MONTH_FIRST = String.raw`${WEEKDAY_BEFORE}(?<name>\p{L}{3,10})\.? {1,2}(?<day>\d{1,2})(?:st|nd|rd|th)?(?![\p{L}\d:])(?:,? (?<year>\d{4})(?![\d:]))?`;
/** `1 december 2026`, `tue, 01 dec 2026`, `1st of december`, `10 de jul. de 2026`, `1. dezember`, `01-dec-2026`. */
const DAY_FIRST = String.raw`${WEEKDAY_BEFORE}(?<day>\d{1,2})(?:st|nd|rd|th|er|º|°|\.)?[ -](?:of |de )?(?<name>\p{L}{3,10})(?!\p{L})\.?(?:(?:, ?| de | |-)(?<year>\d{4})(?![\d:]))?`;
/** A date of a form that both orders of day and month may have: `12/01/2026`. */
const SLASHED = String.raw`(?<first>\d{1,2})\/(?<second>\d{1,2})\/(?<year>\d{4})(?!\d)`;
/** `today`, `tomorrow`, `monday`. */
const NAMED_DAY = String.raw`(?:next )?(?<word>[a-zñã]{3,9}|завтра|сегодня|今天|今日|明天|明日|오늘|내일)(?![\p{L}\d])\.?`;

/** The forms of a date in a lower-case text. Each is sticky; its groups are parts of the date. */
export const DATES: readonly RegExp[] = [
  YEAR_FIRST,
  MONTH_FIRST_CJK,
  DAY_FIRST_DOTTED,
  SLASHED,
  MONTH_FIRST,
  DAY_FIRST,
  NAMED_DAY,
].map((source) => new RegExp(source, 'uy'));

/** What stands between a date and the time after it. Sticky. */
export const BEFORE_TIME = /(?:t(?=\d)|[,.]? ?(?:at|around|um|gegen|a las?|às?|as|à|alle(?: ore)?|ore|в|∙|·|-)? ?)/uy;
/** What stands between a time and the date after it. Sticky. */
export const BEFORE_DATE = /,? ?(?:on|of|am|el|le|il|em|no dia|de) (?:the )?|,? /uy;

/**
 * The forms of a time of day in a lower-case text: `15:00:30.5`, `3 pm`, `8:28 p.m.`, `下午3点30分`, `15時`, `8h30`. Each is sticky; the
 * groups are the halves of the day and the parts of the time.
 */
export const TIMES: readonly RegExp[] = [
  String.raw`(?<before>上午|早上|凌晨|下午|晚上|午前|午後|오전|오후)? ?(?<hour>\d{1,2})[点點時时시](?![間间간]) ?(?:(?<minute>\d{1,2})[分분])?`,
  String.raw`(?<before>上午|早上|凌晨|下午|晚上|午前|午後|오전|오후)? ?(?<hour>\d{1,2}):(?<minute>\d{2})(?::(?<second>\d{2}(?:[.,]\d{1,9})?))?(?![\d:])(?: ?(?:(?<after>[ap]\.?m(?!\p{L})\.?)|(?:uhr|hrs?)(?!\p{L})))?`,
  String.raw`(?<hour>\d{1,2}) ?(?<after>[ap]\.?m(?!\p{L})\.?)`,
  String.raw`(?<hour>\d{1,2})h(?<minute>\d{2})(?![\p{L}\d])`,
].map((source) => new RegExp(source, 'uy'));
/** The halves of the day that are after noon. */
export const AFTER_NOON = /^(?:p|下午|晚上|午後|오후)/u;
/** Words for a time of day; the first group matches for noon. Sticky. */
export const NAMED_TIME =
  /(?:(noon|mediodía|midi|mittag)|midnight|medianoche|meia-noite|minuit|mitternacht|mezzanotte|午夜|零点)(?!\p{L})/uy;

/**
 * A zone after a time, with or without brackets: `utc`, `gmt+8`, `+02:00`, `(america/new_york)`, `et`. The groups are the sign, hours and
 * minutes of an offset, an IANA name, and a name for `ZONES`. Sticky.
 */
export const ZONE =
  / ?\(?(?:(?:utc|gmt)? ?(?<sign>[+\u2212-])(?<hours>\d{1,2})(?::?(?<minutes>\d{2}))?(?!\d)|(?<iana>[a-z]{2,20}(?:\/[a-z0-9_+-]{1,30}){1,2})|(?<abbreviation>(?:eastern|central|pacific|beijing) time|[a-z]{1,4}(?![\p{L}\d/])|北京时间|日本時間))\)?/uy;
/** Where a time may start that stands before its cue: at a number, or at the zone or the day before it. Global. */
export const TIME_START =
  /(?:(?:北京时间|日本時間|明天|明日|내일|今天|今日)[:： ]?)?(?:(?<![\d.,:])\d|[半一二两三四五六七八九十]{1,3}(?=[个個]?(?:小时|小時|分|秒|天|周|星期)))/gu;
/** A zone that stands before its date. Sticky. */
export const ZONE_BEFORE = /(?<abbreviation>北京时间|日本時間)[:： ]?/uy;

/** Seconds or milliseconds since the epoch, as a number of ten or thirteen digits. Sticky. */
export const EPOCH = /(?:\d{13}|\d{10}(?:\.\d{1,6})?)(?![\d.]\d|\d)/uy;

function numbered(rows: readonly string[], first: number): ReadonlyMap<string, number> {
  return new Map(rows.flatMap((row, index) => row.split(' ').map((each) => [each, index + first] as const)));
}
