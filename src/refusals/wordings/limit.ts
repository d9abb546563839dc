import type { LimitDimension, LimitPeriod } from '../window-name.ts';
import { COUNT } from './count.ts';

/** The size of a limit, which is the group: "Limit 30000, Used 1", "limit: 20", "limited to 10". An amount that remains is not one. */
export const LIMIT = new RegExp(
  String.raw`\blimit(?:ed)?(?: is| of| to|:)? ?(${COUNT})(?! (?:\w{1,12} )?(?:remaining|left))(?:, ?(?:used|current usage):? ?\d)?`,
);
/** How much of a limit is used, which is the group (OpenAI, Groq: used; SambaNova: current usage). */
export const USED = new RegExp(String.raw`\b(?:used|current usage|current):? ?(${COUNT})`);
/** How much the request counts for, which is the group (OpenAI, Groq). */
export const REQUESTED = new RegExp(String.raw`\brequested:? ?(${COUNT})`);
/** The end of a limit as a counting provider writes it (OpenAI, Groq, SambaNova); an echo of a request is written differently. */
export const LIMIT_WITH_USAGE = /, ?(?:used|current usage):? ?\d$/;

/** A period in brackets: "(TPM)", "(RPD)" (OpenAI, Groq). No other name of a period is needed beside it. */
export const PERIOD_IN_BRACKETS = /(?<=\()[rt]p([md])(?=\))/;
/** The noun behind an adverb such as "weekly", which belongs to the period. */
const LIMIT_BEHIND = String.raw`(?:(?: \w{1,20}){0,2} (?:limit|quota|cap|allowance)s?\b)?`;
/** A period as a text names it; the group that matched is its name. No part of a name with hyphens is one. */
export const PERIOD = new RegExp(
  [
    String.raw`(?<![\w-])[rt]p([md])(?![\w-])`, // "tpm"
    // "tokens per day", "per 1 minute"; OpenRouter: "free-models-per-day"
    String.raw`(?:(?<![\w-])|(?<=(?:models|tokens|requests)-))per[- ]?(?:1 )?(min(?:ute)?|day|month|sec(?:ond)?|hour|week|year)s?(?!\w|-(?!limit))`,
    String.raw`(?<=models-)per-(min|day|month)`, // OpenRouter
    String.raw`\/ ?(min(?:ute)?|day|month|sec(?:ond)?|hour|week)s?(?![\w/-])`, // Cohere: "calls / minute"
    String.raw`(?<![\w-])(dai|month|hour|week|year)ly(?![\w-])${LIMIT_BEHIND}`,
    String.raw`by(day|minute)\b`, // GitHub Models: "UserByModelByDay"
    // GitHub Models: "per 86400s"; SambaNova: "duration_s: 86400,"
    String.raw`(?:per |duration_s: ?)(\d{1,7})(?: ?s(?:ec\w{0,5})?\b|,)`,
    // Spanish, Portuguese, French, German, Italian, Russian
    String.raw`(?<!\p{L})(?:por|par|pro|al|alla|a|в) (d[ií]a|minut[oe]?|semana|mes|mês|jour|semaine|mois|tag|woche|monat|giorno|settimana|mese|день|минуту|неделю|месяц)(?!\p{L})`,
    String.raw`(?<!\p{L})(?:(?:l[ií]mite|cuota|cota|quota) (?:\p{L}{1,12} ){0,2})?(diári|diari|semana[li]|mensu?a[li]|quotidien|hebdomadaire|mensuel|täglich|wöchentlich|monatlich|giornalier|settimanal|mensil|дневн|суточн|недельн|месячн)\p{L}{0,4}(?: (?:limit|kontingent|лимит|квота)\p{L}{0,2})?`,
    // Chinese, Japanese, Korean
    String.raw`(?:每个?|当|今|本)([日天周週月]|分[钟鐘]|星期)(?:\p{L}{0,8}(?:上限|限额|限額|额度|額度|配额|配額))?|(?:毎|[1１]|一)([日週月分])(?:あたり|当たり|間)?(?=\p{L}{0,8}(?:上限|制限|割り当て))|(하루|일일|매일|주간|매주|월간|매월|분당)`,
  ].join('|'),
  'u',
);
/** A limit over several hours (Claude Code, Codex, Zhipu). */
export const HOURS_LIMIT =
  /(?<![\d.-])(?:[2-9]|[1-9]\d)(?:[- ](?:hour|hr)s?|h)[- ](?:\w{1,20} ){0,2}(?:limit|quota|window|cap)\b|\bsession limit\b|(?<![\d.])(?:[2-9]|[1-9]\d) ?[个個]?(?:小时|小時)的?\p{L}{0,6}(?:上限|限额|限額|额度|額度|配额|配額)/u;
/** Periods by the letter, the word or the seconds that name them. */
export const PERIOD_NAMES: Readonly<Record<string, LimitPeriod>> = {
  ...named('minute', 'm min minute 60 minuto minut минуту 分 分钟 分鐘 분당'),
  ...named('day', 'd day dai 86400 dia día jour tag giorno день diári diari quotidien täglich giornalier дневн суточн'),
  ...named('day', '日 天 하루 일일 매일'),
  ...named(
    'week',
    'week 604800 semana semaine woche settimana неделю semanal semanai hebdomadaire wöchentlich settimanal',
  ),
  ...named('week', 'недельн 周 週 星期 주간 매주'),
  ...named('month', 'month 2592000 mes mês mois monat mese месяц mensual mensal mensuel monatlich mensil месячн 月'),
  ...named('month', 'mensai mensuai 월간 매월'),
};

/** What is counted, by the first two letters of a period: "tpm", "rpd". */
export const DIMENSION_OF_ABBREVIATION: Readonly<Record<string, LimitDimension>> = { tp: 'tokens', rp: 'requests' };
/** The start of SambaNova's period, whose text is the same for requests and tokens. */
export const SAMBANOVA_PERIOD = 'duration_s';
/** The words for what is counted. `TOKEN` means tokens, every other one requests. */
export const COUNTED =
  /token|request|call|quer(?:y|ies)|models-|solicitud|petici|requisi|requête|anfrage|richiest|запрос|请求|請求|リクエスト|요청/g;
/** The word among `COUNTED` that means tokens. */
export const TOKEN = 'token';

/** One request counts for more than the limit ever grants (OpenAI, Groq). */
export const REQUEST_TOO_LARGE = /request too large/;
/** A limit on tokens, in a 413 (Groq). */
export const TOKEN_LIMIT = /tokens per/;
/** A limit on requests at the same time. */
export const CONCURRENCY = /concurren/;
/** A quota of calls or bytes that is used up, which resets at a time of its own (Azure API Management, with status 403). */
export const CALL_QUOTA = /out of (?:call volume|bandwidth) quota|quota will be replenished/;
/** A limit that was met, in a refusal whose status says something else. */
export const LIMIT_REACHED =
  /\b(?:limit|quota|allowance)s?\b(?: \w{1,20}){0,2} (?:reached|exceeded|exhausted|used up|hit)\b|\b(?:reached|exceeded|exhausted|hit|used up)\b(?: \w{1,20}){0,5} (?:limit|quota|allowance)s?\b|(?:上限|限额|额度|配额)/;
/** Google's text for an exhausted quota; `limit: 0` in it means that the model has no free tier. */
export const GOOGLE_QUOTA_EXCEEDED = /quota exceeded for metric/;
/** A text about what remains of a limit. */
export const REMAINING = /remaining/;

/** Google's names of quotas: `GenerateRequestsPerDayPerProjectPerModel-FreeTier`. */
export const GOOGLE_QUOTA_PER_DAY = /per_?day/i;
/** The same with a minute. */
export const GOOGLE_QUOTA_PER_MINUTE = /per_?minute/i;
/** The same for tokens: `GenerateContentInputTokensPerModelPerMinute-FreeTier`. */
export const GOOGLE_QUOTA_OF_TOKENS = /token/i;

function named(period: LimitPeriod, spellings: string): Readonly<Record<string, LimitPeriod>> {
  return Object.fromEntries(spellings.split(' ').map((each) => [each, period]));
}
