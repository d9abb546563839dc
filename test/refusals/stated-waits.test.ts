import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { PLAIN_RULES } from '../../src/domain/limits.ts';
import type { Reading } from '../../src/domain/reading.ts';
import { readReply } from '../../src/refusals/read.ts';

const NOW = Date.parse('2026-11-28T12:34:56Z');
const [SECOND, MINUTE, HOUR, DAY] = [1000, 60_000, 3600_000, 86_400_000];

interface Sent {
  readonly status?: number;
  readonly headers?: Record<string, string>;
  readonly now?: number;
}

function readingOf(message: string, { status = 429, headers = {}, now = NOW }: Sent = {}): Reading {
  const body = Buffer.from(JSON.stringify({ error: { message, type: 'x', param: null, code: null } }));
  return readReply({ status, headers }, body, { rules: PLAIN_RULES, now });
}

/** Milliseconds until the retry time of a 429 with this text. */
function waitOf(message: string, sent?: Sent): number | undefined {
  const { retryAt } = readingOf(message, sent);
  return retryAt === undefined ? undefined : retryAt - (sent?.now ?? NOW);
}

const utc = (text: string): number => Date.parse(text) - NOW;

describe('a duration', () => {
  test.each([
    ['You have reached your weekly usage limit. Your quota will reset in 3 days.', 3 * DAY],
    [
      "You've hit your usage limit. Upgrade to Pro (https://a.example/pricing) or try again in 4 days 2 hours.",
      98 * HOUR,
    ],
    ["You've hit your usage limit. Try again in 5 days 22 hours 11\nminutes.", 142 * HOUR + 11 * MINUTE],
    ['You have exhausted your capacity on this model. Your quota will reset after 161h39m41s.', 581_981_000],
    ['Individual quota reached. Resets in 9h22m20s.', 33_740_000],
    ['Resource has been exhausted (e.g. check quota). (reset after 24h)', DAY],
    ['Out of call volume quota. Quota will be replenished in 00:47:11.', 2_831_000],
    ['Out of call volume quota. Quota will be replenished in 1.02:03:04.', DAY + 7_384_000],
    ['Rate limit is exceeded. Try again in 28 seconds.', 28_000],
    ['Retry-After: 30', 30_000],
    ['Please retry after 30.', 30_000],
    ['Please try again in two hours.', 2 * HOUR],
    ['Please try again in half an hour.', 30 * MINUTE],
    ['一小时后重试', HOUR],
    ['半小时后重试', 30 * MINUTE],
    ['三十五秒后重试', 35_000],
    ['两小时后恢复', 2 * HOUR],
    ['Retry in PT1M30S', 90_000],
    ['3 hours until your quota resets', 3 * HOUR],
    ['Please wait at least 30 seconds before retrying', 30_000],
    ['Try again in an hour', HOUR],
    ['Try again after 00:01:30', 90_000],
    ['Please wait up to 1.5 minutes', 90_000],
    ['Next request allowed in 12 s', 12_000],
    ['Retry at "30s"', 30_000],
    ['Límite de tokens por día (TPD) alcanzado: Límite 100000. Inténtalo de nuevo en 7m12s.', 432_000],
    ['Vuelve a intentarlo en 2 horas', 2 * HOUR],
    ['Por favor, espere 30 segundos', 30_000],
    ['Tu cuota se restablece en 3 días', 3 * DAY],
    ['请求过于频繁，请在 30 秒后重试', 30_000],
    ['请 5 分钟后再试', 300_000],
    ['请等待30秒', 30_000],
    ['额度将在 3 天后重置', 3 * DAY],
    ['3 天后重置', 3 * DAY],
    ['Tente novamente em 30 segundos', 30_000],
    ['A cota será redefinida em 3 dias', 3 * DAY],
    ['Veuillez réessayer dans 1 heure et 5 minutes', 65 * MINUTE],
    ['Bitte versuchen Sie es in 30 Sekunden erneut', 30_000],
    ['Bitte in 30 Sekunden erneut versuchen', 30_000],
    ['Das Kontingent wird in 3 Tagen zurückgesetzt', 3 * DAY],
    ['Bitte warten Sie 1,5 Stunden', 90 * MINUTE],
    ['Riprova tra 30 secondi', 30_000],
    ['30秒後に再試行してください', 30_000],
    ['3日後にリセットされます', 3 * DAY],
    ['2시간 30분 뒤에 다시 시도하세요', 150 * MINUTE],
    ['Повторите попытку через 30 секунд', 30_000],
    ['Лимит сбросится через 3 дня', 3 * DAY],
  ])('in %j', (message, wait) => {
    expect(waitOf(message)).toBe(wait);
    for (const matched of readingOf(message).matchedText)
      expect(message.toLowerCase().replaceAll('\n', ' ')).toContain(matched);
  });

  test.each([
    'Limit of 5 hours',
    'Rate limit of 10 requests per 1 minute',
    'You requested 30 s of audio',
    'You made 5 requests in 10 seconds',
    'You made 5 requests in 10 seconds, retry later',
    'The model was retired 3 days ago',
    'The quota was reset 3 days ago',
    'Retry with less: the limit is 30 seconds of audio',
    'The limit resets every 5 hours',
    'Try again later. The maximum length is 30 minutes.',
    'Please wait. Limit: 5 requests in 10 seconds',
    'Please wait 400 days',
    "Invalid value: 'retry in 30 seconds'",
    'Retry up to 5 times',
    '过去 30 秒内请求过多，请稍后重试',
    '额度已在 3 天前重置',
    'La cuota se restableció hace 3 días',
  ])('that is no wait is not read: %s', (message) => {
    expect(readingOf(message)).toMatchObject({ class: 'rate_limited', retryAt: undefined });
  });
});

describe('an instant', () => {
  test.each([
    ['Your quota will reset at 2026-12-01T08:00:00Z.', '2026-12-01T08:00:00Z'],
    ['Your quota will reset at 2026-12-01T08:00:00', '2026-12-01T08:00:00Z'],
    ['Your quota will reset at 2026-12-01T08:00', '2026-12-01T08:00:00Z'],
    ['resets at 2026-12-01T08:00:00.250+02:00', '2026-12-01T06:00:00.250Z'],
    ['resets at 2026-12-01T08:00:00+0530', '2026-12-01T02:30:00Z'],
    ['Limit reset at: 2026-12-01 08:00:00 UTC', '2026-12-01T08:00:00Z'],
    ["Try again at '2026-12-01 08:00:00'", '2026-12-01T08:00:00Z'],
    ['resets on 2026-12-01', '2026-12-01T00:00:00Z'],
    ['resets at Dec 1, 2026 at 8:00 AM', '2026-12-01T08:00:00Z'],
    ['resets on December 1st', '2026-12-01T00:00:00Z'],
    ['resets on the 1st of December at 10:30', '2026-12-01T10:30:00Z'],
    ['resets Dec 2, 1pm (Asia/Dhaka)', '2026-12-02T07:00:00Z'],
    ['resets on December 1st at 9am PST', '2026-12-01T17:00:00Z'],
    ['Please retry after Tue, 01 Dec 2026 08:00:00 GMT', '2026-12-01T08:00:00Z'],
    ['resets at Tue Dec 01 2026 08:00:00 GMT+0100 (Central European Standard Time)', '2026-12-01T07:00:00Z'],
    ['resets on Monday at 9:00 AM (UTC)', '2026-11-30T09:00:00Z'],
    ['Try again at Nov 30th, 2026 8:28 PM.', '2026-11-30T20:28:00Z'],
    ['resets at 08:00 UTC on December 1st, 2026', '2026-12-01T08:00:00Z'],
    ['You will regain access on 2026-12-01 at 00:00 UTC.', '2026-12-01T00:00:00Z'],
    ['Rate limited until 2026-11-28T12:40:00Z', '2026-11-28T12:40:00Z'],
    ['Claude AI usage limit reached|1795891153', '2026-11-28T18:39:13Z'],
    ['Your limit resets at 1795891153', '2026-11-28T18:39:13Z'],
    ['Your limit resets at 1795891153000', '2026-11-28T18:39:13Z'],
    ['Se restablecerá el 1 de diciembre de 2026 a las 08:00', '2026-12-01T08:00:00Z'],
    ['O limite será redefinido em 10 de dez. de 2026, 11:52.', '2026-12-10T11:52:00Z'],
    ['Le quota sera réinitialisé le 1er décembre 2026 à 8h30', '2026-12-01T08:30:00Z'],
    ['Das Kontingent wird am 1. Dezember 2026 um 08:00 Uhr zurückgesetzt', '2026-12-01T08:00:00Z'],
    ['Лимит обновится 1 декабря 2026 в 08:00', '2026-12-01T08:00:00Z'],
    ['您的限额将于 2026-12-01 00:00:00 重置', '2026-12-01T00:00:00Z'],
    ['将于2026年12月1日8时30分重置', '2026-12-01T08:30:00Z'],
    ['将于北京时间 2026-12-01 08:00:00 重置', '2026-12-01T00:00:00Z'],
    ['2026年12月1日 09:00 にリセットされます', '2026-12-01T09:00:00Z'],
  ])('in %j', (message, instant) => {
    expect(waitOf(message)).toBe(utc(instant));
  });

  test.each([
    ['resets at 2026-11-28T12:34:56Z', 'is now'],
    ['resets at 2026-11-01T00:00:00Z', 'has passed'],
    ['resets at 2027-11-28T12:34:56Z', 'is a year ahead'],
    ['resets on 2026-02-30', 'does not exist'],
    ['resets on 31 November 2026', 'does not exist in another notation'],
    ['resets at 12:34', 'is this minute'],
  ])('in %j is not read: it %s', (message) => {
    expect(waitOf(message)).toBeUndefined();
  });

  test('of a later part of the text is read if an earlier one has passed', () => {
    expect(waitOf('Last reset at 2026-11-01, resets at 2026-11-28 12:35')).toBe(4000);
  });
});

describe('a time of day is the next one', () => {
  test.each([
    ['resets 3pm', '2026-11-28T15:00:00Z'],
    ['resets 3am', '2026-11-29T03:00:00Z'],
    ['resets at 15:00', '2026-11-28T15:00:00Z'],
    ['resets at 12:30:00', '2026-11-29T12:30:00Z'],
    ['resets at 12:50 a.m.', '2026-11-29T00:50:00Z'],
    ['resets at midnight UTC', '2026-11-29T00:00:00Z'],
    ['resets daily at 00:00 UTC', '2026-11-29T00:00:00Z'],
    ['resets tomorrow at 9 AM', '2026-11-29T09:00:00Z'],
    ['resets at 3pm (America/New_York)', '2026-11-28T20:00:00Z'],
    ['resets at 12:50am (America/Los_Angeles)', '2026-11-29T08:50:00Z'],
    ['resets 1:30am (Asia/Kolkata)', '2026-11-28T20:00:00Z'],
    ['Your limit will reset at 1pm (Etc/GMT+5).', '2026-11-28T18:00:00Z'],
    ['resets at 3pm (Mars/Phobos)', '2026-11-28T15:00:00Z'],
    ['resets at 3pm GMT+2', '2026-11-28T13:00:00Z'],
    ['resets at 15:00 (UTC+05:30)', '2026-11-29T09:30:00Z'],
    ['resets at 15:00-17:00', '2026-11-28T15:00:00Z'],
    ['resets at 9 a.m. Pacific Time', '2026-11-28T17:00:00Z'],
    ['try again after 15:30:00 UTC', '2026-11-28T15:30:00Z'],
    ['Inténtalo de nuevo a las 15:30', '2026-11-28T15:30:00Z'],
  ])('in %j', (message, instant) => {
    expect(waitOf(message)).toBe(utc(instant));
  });

  test.each([
    // An hour that New York's clocks skip, and one that they show twice.
    ['2026-03-08T06:00:00Z', 'resets at 2:30am (America/New_York)', ['2026-03-08T07:30:00Z', '2026-03-08T06:30:00Z']],
    ['2026-11-01T04:00:00Z', 'resets at 1:30am (America/New_York)', ['2026-11-01T05:30:00Z', '2026-11-01T06:30:00Z']],
    ['2026-11-01T06:59:00Z', 'resets at 3am (America/New_York)', ['2026-11-01T08:00:00Z']],
  ])('on a day on which clocks change: at %s %j', (at, message, instants) => {
    const now = Date.parse(at);
    const { retryAt = 0 } = readingOf(message, { now });
    expect(instants.map((each) => Date.parse(each))).toContain(retryAt);
  });
});

describe('the class of a stated wait', () => {
  test.each([
    ['You have reached your weekly usage limit. Your quota will reset in 3 days.', 'quota_day', 'week'],
    ['You have reached your weekly usage limit.', 'quota_day', 'week'],
    ['5 hour limit reached ∙ resets 3pm', 'quota_day', undefined],
    ['5-hour limit reached, resets at 2026-11-28T12:40:00Z', 'quota_day', undefined],
    ['已达到 5 小时的使用上限。您的限额将在 2026-11-28 18:13:13 重置。', 'quota_day', undefined],
    ['Claude usage limit reached. Your limit will reset at 9am.', 'quota_day', 'month'],
    ["You've hit your usage limit. Try again in 4 days 2 hours.", 'quota_day', 'month'],
    ['Your limit resets in 61 minutes', 'quota_day', 'month'],
    ['Your limit resets in 60 minutes', 'rate_limited', undefined],
    ['每日额度已用完', 'quota_day', undefined],
    ['本周使用次数已达上限，3 天后重置', 'quota_day', 'week'],
    ['Límite semanal alcanzado', 'quota_day', 'week'],
    ['Limites semanais atingidos', 'quota_day', 'week'],
    ['Daily limit reached. Resets at 20:00 UTC.', 'quota_day', undefined],
    ['Rate limit exceeded. Please try again in 2h3m.', 'rate_limited', undefined],
    ['Limit of 100 requests per minute. It resets in 5 hours.', 'rate_limited', undefined],
    ['Out of call volume quota. Quota will be replenished in 00:47:11.', 'quota_day', undefined],
    ['Out of bandwidth quota. Quota will be replenished in 5.03:23:11.', 'quota_day', 'month'],
    ['Monthly usage limit exceeded. Resets at 2026-12-01T00:00:00Z', 'no_money', undefined],
    ['You have reached your specified API usage limits. You will regain access on 2026-12-01.', 'no_money', undefined],
  ])('of %j is %s', (message, kind, quotaPeriod) => {
    expect(readingOf(message)).toMatchObject({ class: kind, quotaPeriod });
  });

  test('of a quota is the stated reset, whatever shorter hint there is', () => {
    const headers = { 'retry-after': '20' };
    expect(waitOf('Your weekly quota will reset in 3 days. Retry in 9 s.', { headers })).toBe(3 * DAY);
    expect(waitOf('Daily limit reached. Resets in 5 hours.', { headers })).toBe(5 * HOUR);
    expect(waitOf('Weekly limit reached.', { headers })).toBe(20_000);
    expect(waitOf('Weekly limit reached.')).toBe(HOUR);
  });

  test('of a rate is the hint of a header, then the shorter wait in the text', () => {
    const message = 'Too fast. Retry in 9 s. All tokens are back at 20:00.';
    expect(waitOf(message, { headers: { 'retry-after': '20' } })).toBe(20_000);
    expect(waitOf(message)).toBe(9000);
    expect(readingOf('Too fast. Retry in 9 s. It resets in 5 hours.')).toMatchObject({ class: 'rate_limited' });
    expect(waitOf('Too fast. Retry in 9 s. It resets in 5 hours.')).toBe(9000);
  });

  test('of missing money is the reset only', () => {
    expect(waitOf('Your credit balance is too low. Retry in 9 s.')).toBeUndefined();
    expect(waitOf('You are out of credits. They reset on December 1.')).toBe(utc('2026-12-01T00:00:00Z'));
  });
});

describe('a 403 that is about a limit', () => {
  test.each([
    ['Out of call volume quota. Quota will be replenished in 03:30:56.', 'quota_day', 12_656_000],
    ['You have reached your weekly usage limit. It resets in 3 days.', 'quota_day', 3 * DAY],
    ['API rate limit exceeded. Please retry in 30 seconds.', 'rate_limited', 30_000],
  ])('%j does not reject the key', (message, kind, wait) => {
    expect(readingOf(message, { status: 403 })).toMatchObject({ class: kind, scope: 'model', retryAt: NOW + wait });
  });

  test.each(['You are not allowed to do this.', 'Your plan has a limit for this model.', 'Retry in 30 seconds.'])(
    '%j is none',
    (message) => {
      expect(readingOf(message, { status: 403 }).class).not.toMatch(/^(?:quota_day|rate_limited)$/);
    },
  );
});

const PARTS = fc.record({
  d: fc.integer({ min: 0, max: 29 }),
  h: fc.integer({ min: 0, max: 23 }),
  m: fc.integer({ min: 0, max: 59 }),
  s: fc.integer({ min: 1, max: 59 }),
});
type Parts = { readonly d: number; readonly h: number; readonly m: number; readonly s: number };
type Unit = keyof Parts;
const UNITS: readonly Unit[] = ['d', 'h', 'm', 's'];

/** The parts that are not zero, each with its unit's spelling. */
function spelled(
  parts: Parts,
  words: Readonly<Record<Unit, string>>,
  [gap, between]: readonly [string, string],
): string {
  return UNITS.filter((unit) => parts[unit] > 0)
    .map((unit) => `${parts[unit]}${gap}${words[unit]}`)
    .join(between);
}
const two = (n: number): string => String(n).padStart(2, '0');

const DURATION_FORMS: Readonly<Record<string, (parts: Parts) => string>> = {
  'of Go': (p) => `try again in ${spelled(p, { d: 'd', h: 'h', m: 'm', s: 's' }, ['', ''])}.`,
  abbreviated: (p) => `Retry in ${spelled(p, { d: 'd', h: 'hrs', m: 'mins', s: 'secs' }, [' ', ' '])}.`,
  'in English': (p) => `Resets in ${spelled(p, { d: 'days', h: 'hours', m: 'minutes', s: 'seconds' }, [' ', ', '])}.`,
  'with "and"': (p) => `Wait ${spelled(p, { d: 'day', h: 'hour', m: 'minute', s: 'second' }, [' ', ' and '])}.`,
  'of a clock': ({ d, h, m, s }) => `Replenished in ${d > 0 ? `${d}.` : ''}${two(h)}:${two(m)}:${two(s)}.`,
  'of ISO 8601': ({ d, h, m, s }) => `Retry after P${d}DT${h}H${m}M${s}S`,
  'in Spanish': (p) =>
    `Inténtalo de nuevo en ${spelled(p, { d: 'días', h: 'horas', m: 'minutos', s: 'segundos' }, [' ', ' y '])}.`,
  'in Portuguese': (p) =>
    `Tente novamente em ${spelled(p, { d: 'dias', h: 'horas', m: 'minutos', s: 'segundos' }, [' ', ' e '])}.`,
  'in French': (p) =>
    `Réessayez dans ${spelled(p, { d: 'jours', h: 'heures', m: 'minutes', s: 'secondes' }, [' ', ' et '])}.`,
  'in German': (p) =>
    `Das Limit wird in ${spelled(p, { d: 'Tagen', h: 'Stunden', m: 'Minuten', s: 'Sekunden' }, [' ', ', '])} zurückgesetzt`,
  'in Italian': (p) => `Riprova tra ${spelled(p, { d: 'giorni', h: 'ore', m: 'minuti', s: 'secondi' }, [' ', ' e '])}.`,
  'in Russian': (p) =>
    `Повторите попытку через ${spelled(p, { d: 'дней', h: 'часов', m: 'минут', s: 'секунд' }, [' ', ' '])}.`,
  'in Chinese': (p) => `请在 ${spelled(p, { d: '天', h: '小时', m: '分钟', s: '秒' }, [' ', ''])}后重试`,
  'in Japanese': (p) => `${spelled(p, { d: '日', h: '時間', m: '分', s: '秒' }, ['', ''])}後に再試行してください`,
  'in Korean': (p) => `${spelled(p, { d: '일', h: '시간', m: '분', s: '초' }, ['', ' '])} 후에 다시 시도하세요`,
};

test.each(Object.entries(DURATION_FORMS))('any duration %s is read as it is', (_, format) => {
  fc.assert(
    fc.property(PARTS, (parts) => {
      const { d, h, m, s } = parts;
      expect(waitOf(format(parts))).toBe(d * DAY + h * HOUR + m * MINUTE + s * SECOND);
    }),
  );
});

const iso = (at: number): string => new Date(at).toISOString();
const inZone = (at: number, timeZone: string, options: Intl.DateTimeFormatOptions): string =>
  new Intl.DateTimeFormat('en-US', { timeZone, ...options }).format(at);
const LONG: Intl.DateTimeFormatOptions = { dateStyle: 'long', timeStyle: 'short' };
const NO_YEAR: Intl.DateTimeFormatOptions = { month: 'short', day: 'numeric', hour: 'numeric', minute: '2-digit' };

/** Forms of an instant, with the part of it that they keep, in milliseconds, and how far ahead they reach. */
const INSTANT_FORMS: Readonly<Record<string, readonly [format: (at: number) => string, keeps: number, days: number]>> =
  {
    'of ISO 8601': [(at) => `resets at ${iso(at)}`, 1, 30],
    'of ISO 8601 in another zone': [(at) => `resets at ${iso(at + 3.5 * HOUR).slice(0, 19)}+03:30`, SECOND, 30],
    'without a zone': [(at) => `resets at ${iso(at).slice(0, 19)}`, SECOND, 30],
    'with a blank': [(at) => `Retry after ${iso(at).slice(0, 16).replace('T', ' ')} UTC`, MINUTE, 30],
    'as a date only': [(at) => `resets on ${iso(at).slice(0, 10)}.`, DAY, 30],
    'of HTTP': [(at) => `Retry after ${new Date(at).toUTCString()}`, SECOND, 30],
    'in seconds': [(at) => `limit reached|${at / SECOND}`, SECOND, 30],
    'in milliseconds': [(at) => `resets at ${at}`, 1, 30],
    'in English': [(at) => `Try again at ${inZone(at, 'UTC', LONG)}.`, MINUTE, 30],
    'without a year': [(at) => `resets ${inZone(at, 'UTC', NO_YEAR)} (UTC)`, MINUTE, 30],
    'as a time of day': [(at) => `resets at ${inZone(at, 'UTC', { timeStyle: 'short' })}`, MINUTE, 1],
    'as an hour': [
      (at) => `resets ${inZone(at, 'UTC', { hour: 'numeric' }).replace(/\s/, '').toLowerCase()} (UTC)`,
      HOUR,
      1,
    ],
    'in German': [
      (at) => `Wird am ${new Intl.DateTimeFormat('de-DE', { timeZone: 'UTC', ...LONG }).format(at)} zurückgesetzt`,
      MINUTE,
      30,
    ],
    'in Spanish': [
      (at) => `Se restablece el ${new Intl.DateTimeFormat('es-ES', { timeZone: 'UTC', ...LONG }).format(at)}`,
      MINUTE,
      30,
    ],
    'in French': [
      (at) =>
        `Le quota sera réinitialisé le ${new Intl.DateTimeFormat('fr-FR', { timeZone: 'UTC', ...LONG }).format(at)}`,
      MINUTE,
      30,
    ],
    'in Portuguese': [
      (at) => `Será redefinido em ${new Intl.DateTimeFormat('pt-BR', { timeZone: 'UTC', ...LONG }).format(at)}`,
      MINUTE,
      30,
    ],
    'in Chinese': [(at) => `将于 ${iso(at).slice(0, 19).replace('T', ' ')} 重置`, SECOND, 30],
    'in Japanese': [
      (at) => `${new Intl.DateTimeFormat('ja-JP', { timeZone: 'UTC', ...LONG }).format(at)} にリセットされます`,
      MINUTE,
      30,
    ],
  };

test.each(Object.entries(INSTANT_FORMS))('any instant %s is read as it is', (_, [format, keeps, days]) => {
  fc.assert(
    fc.property(fc.integer({ min: NOW + MINUTE, max: NOW + days * DAY - MINUTE }), (at) => {
      const kept = Math.floor(at / keeps) * keeps;
      fc.pre(kept > NOW);
      expect(waitOf(format(kept))).toBe(kept - NOW);
    }),
  );
});

test('any instant in any zone is read as one at which its clocks show it', () => {
  const zones = fc.constantFrom(
    'America/New_York',
    'Europe/Berlin',
    'Asia/Kolkata',
    'Australia/Lord_Howe',
    'Pacific/Apia',
  );
  const now = fc.integer({ min: Date.parse('2026-01-01'), max: Date.parse('2027-01-01') });
  fc.assert(
    fc.property(zones, now, fc.integer({ min: 2 * MINUTE, max: 30 * DAY }), (zone, now, wait) => {
      const shown = inZone(now + wait, zone, LONG);
      const { retryAt = 0 } = readingOf(`resets ${shown} (${zone})`, { now });
      expect(inZone(retryAt, zone, LONG)).toBe(shown);
      expect(Math.abs(retryAt - now - wait)).toBeLessThanOrEqual(HOUR + MINUTE);
    }),
  );
});

test('no text makes it throw, or wait more than 31 days', () => {
  const piece = fc.constantFrom(
    'resets ',
    'at ',
    'retry in ',
    '31',
    '2026-',
    '02-30',
    ' 99:99',
    'pm',
    '(a/b)',
    '+99',
    '秒后重试',
    ' dec ',
    ':',
  );
  const words = fc.oneof({ arbitrary: piece, weight: 4 }, fc.string(), fc.integer().map(String));
  const wait = fc.tuple(
    fc.constantFrom('retry in ', 'resets in '),
    fc.nat(1000),
    fc.constantFrom('s', ' days', ' h', ' m'),
  );
  const text = fc
    .array(
      fc.oneof(
        { arbitrary: words, weight: 4 },
        wait.map((parts) => parts.join('')),
      ),
    )
    .map((parts) => parts.join(''));
  let read = 0;
  fc.assert(
    fc.property(text, (message) => {
      const wait = waitOf(message);
      if (wait === undefined) return;
      read++;
      expect(wait > 0 && wait <= 31 * DAY).toBe(true);
    }),
    { numRuns: 1000 },
  );
  expect(read).toBeGreaterThan(20);
});

test('the zone of the machine does not matter', () => {
  const zone = process.env['TZ'];
  try {
    for (const each of ['Asia/Tokyo', 'America/New_York', 'UTC']) {
      process.env['TZ'] = each;
      expect(waitOf('resets at 2026-12-01 08:00:00')).toBe(utc('2026-12-01T08:00:00Z'));
      expect(waitOf('x', { headers: { 'retry-after': 'Sun, 29 Nov 2026 08:00:00' } })).toBe(
        utc('2026-11-29T08:00:00Z'),
      );
      expect(waitOf('x', { headers: { 'retry-after': '2026-11-29T08:00:00' } })).toBe(utc('2026-11-29T08:00:00Z'));
    }
  } finally {
    if (zone === undefined) delete process.env['TZ'];
    else process.env['TZ'] = zone;
  }
});
