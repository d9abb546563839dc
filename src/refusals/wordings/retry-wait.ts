/**
 * How a language states a wait, as sources of patterns for lower-case text. `retry` and `reset` are words before a time ("try again in 7 s",
 * "resets at 3pm"), `link` words that may stand between, and `retryAfter` and `resetAfter` words after a time ("30 秒后重试").
 */
interface LanguageRow {
  readonly language: string;
  readonly retry: string;
  readonly reset: string;
  readonly link: string;
  readonly retryAfter?: string;
  readonly resetAfter?: string;
}

/** Languages with blanks between words. */
const SPACED: readonly LanguageRow[] = [
  {
    language: 'English', // OpenAI, Groq, Azure, Google, Anthropic, and others
    retry: [
      'try(?:ing)? (?:(?:your|the|this) )?(?:request )?again|re-?try(?:ing)?|wait(?:ing)?|come back|available',
      'next (?:request|attempt|retry|try)(?: (?:is )?(?:allowed|possible))?|cool(?:ing)?[ -]?down',
      '(?:limited|blocked|locked|paused|throttled|suspended|unavailable|banned)(?= (?:for|until|till) )',
    ].join('|'),
    reset: [
      'reset(?:s|ting)?|renew(?:s|ed|al)?|refresh(?:es|ed)?|replenish(?:es|ed|ment)?|refill(?:s|ed)?|restored?|resumes?',
      String.raw`regain access|limit reached\|`, // Anthropic; Claude Code: "usage limit reached|1795891153"
    ].join('|'),
    link: [
      'again|in|after|at|on|for|from|until|till|by|before|within|about|around|approximately|approx\\.?|roughly|exactly',
      'another|at least|no sooner than|less than|(?:your|the|this) requests?|requests|is|are|be|will|time|date|delay|it|up to|next|the',
      'daily|weekly|monthly|automatically|every(?= (?:day|mon|tue|wed|thu|fri|sat|sun))|each(?= day)|day(?= at)',
    ].join('|'),
    retryAfter: 'before (?:you )?(?:can )?(?:retry|try)|(?:before|until|till) (?:the |your )?next (?:request|attempt)',
    resetAfter:
      '(?:remaining |left )?(?:until|till|before|to) (?:(?:the|your|its|next|usage|limit|quota|window) ){0,3}(?:is )?reset',
  },
  {
    language: 'Spanish',
    retry: String.raw`int[eé]nt\p{L}{1,8}|(?:vuelv[ae]|volver) a intentar(?:lo)?|reint[eé]nt\p{L}{1,8}|esper\p{L}{1,3}|disponible`,
    reset: String.raw`(?:se )?restable\p{L}{2,8}|(?:se )?reinici\p{L}{1,6}|(?:se )?ren(?:ue|o)va\p{L}{0,5}`,
    link: 'de nuevo|otra vez|nuevamente|en|dentro de|después de|tras|por|durante|al menos|unos|aproximadamente|hasta|a las?|el|será',
    resetAfter: 'se (?:restable|reinici|renueva)',
  },
  {
    language: 'Portuguese',
    retry: 'tent[ea]r? (?:novamente|de novo|outra vez)|aguard[ea]|disponível',
    reset: String.raw`redefinid[oa]|reinici\p{L}{1,6}|renova\p{L}{0,3}|restaurad[oa]`,
    link: 'em|daqui a|depois de|após|por|pelo menos|cerca de|mais|até|no dia|às?|as',
  },
  {
    language: 'French',
    retry: String.raw`r[ée]essa\p{L}{1,5}|essayez|patient\p{L}{1,5}|attend\p{L}{1,4}`,
    reset: String.raw`réinitialis\p{L}{1,6}|renouvel\p{L}{1,6}|rétabli\p{L}{0,5}`,
    link: String.raw`dans|d['’]ici|après|au bout de|à nouveau|de nouveau|encore|pendant|environ|au moins|jusqu['’]à|sera|le|à`,
  },
  {
    language: 'German',
    retry: String.raw`versuch\p{L}{0,3}|wart\p{L}{1,3}|verfügbar`,
    reset: String.raw`zurückgesetzt|zurücksetz\p{L}{1,5}|erneuer\p{L}{1,4}`,
    link: String.raw`sie|es|bitte|erneut|wieder|noch einmal|nochmals?|in|nach|ab|am|um|bis|noch|etwa|ca\.?|mindestens|frühestens|wird`,
    retryAfter: 'erneut|wieder|noch einmal|nochmals?',
    resetAfter: 'zurückgesetzt|erneuert',
  },
  {
    language: 'Italian',
    retry: String.raw`riprov\p{L}{1,4}|aspett\p{L}{1,4}|disponibile`,
    reset: String.raw`reimpost\p{L}{1,4}|ripristin\p{L}{1,4}|si (?:rinnov|azzer)\p{L}{1,4}`,
    link: 'di nuovo|tra|fra|dopo|entro|almeno|circa|ancora|fino|alle(?: ore)?|il|sarà',
  },
  {
    language: 'Russian',
    retry: String.raw`повтор\p{L}{1,6}|попроб\p{L}{1,6}|подожд\p{L}{1,4}`,
    reset: String.raw`сбро\p{L}{1,8}|сбрас\p{L}{1,8}|обнов\p{L}{1,6}|восстанов\p{L}{1,6}`,
    link: 'попытку|запрос|снова|ещё раз|еще раз|через|спустя|после|до|около|примерно|не менее|будет|в',
    resetAfter: '(?:будет )?(?:сброшен|обновл|восстановл)',
  },
];

/** Languages without blanks between words, or with particles behind them. */
const UNSPACED: readonly LanguageRow[] = [
  {
    language: 'Chinese', // Zhipu, Moonshot, Alibaba Cloud
    retry: '重试|重試|再试|再試|冷却|冷卻|[请請]?[再稍]?等[待候]?',
    reset: '重置|重設|重设|恢复|恢復|刷新|解除|解封',
    link: '时间|時間|至少|大约|大約|还有|還有|剩余|还需|将|將|会|會|为|為|是|在|于|於|约|約|至|到',
    retryAfter:
      '(?:之|以)?[后後]，?(?:再|可以?|请|請|您|即可|重新|进行|進行|继续|繼續){0,3}(?:重试|重試|尝试|嘗試|请求|請求|试|試|使用|调用)',
    resetAfter:
      '(?:(?:之|以)?[后後]|时|時|前后)?(?:将|將|会|會|自动|自動|被){0,3}(?:重置|重設|重设|恢复|恢復|刷新|解除|解封|更新)',
  },
  {
    language: 'Japanese',
    retry: '再試行|お待ち|再度',
    reset: 'リセット|回復',
    link: 'まで|あと|日時|時刻|時間|予定|は|が',
    retryAfter:
      '(?:[後间間]|以降|ほど)?(?:に|、|で|は){0,2}(?:もう一度|再度)?(?:再試行|お試し|試し|お待ち|待って|待つ|リトライ|やり直)',
    resetAfter: '後?(?:に|で){0,1}(?:自動的に)?(?:リセット|更新|回復|復旧)',
  },
  {
    language: 'Korean',
    retry: '다시 시도|재시도',
    reset: '초기화|재설정|리셋',
    link: '까지|시간|시각|은|는|이|가',
    retryAfter: '(?:후|뒤|이후)(?:에)? ?(?:다시|재) ?(?:시도|이용|요청)|(?:동안|정도|만)? ?기다',
    resetAfter: '(?:후|뒤|에)(?:에)? ?(?:자동으로 )?(?:초기화|재설정|리셋|갱신)',
  },
];

type Words = Exclude<keyof LanguageRow, 'language'>;

/** Words for another try, before a time. Global. */
export const RETRY_CUE = cue('retry');
/** Words for a reset, before a time. Global. */
export const RESET_CUE = cue('reset');

/** What may stand between such words and the time. Sticky. */
export const LINK = new RegExp(
  String.raw`(?:[\s:=|(∙·•_-]{0,3}(?:(?<![\p{L}])(?:${sourceOf(SPACED, 'link')})(?!\p{L})|${sourceOf(UNSPACED, 'link')})){0,7}[\s:：=|(∙·•~≈"'“‘\x60\u00a0]{0,4}`,
  'uy',
);
/** The end of such a link before a duration: a clock's notation after it is one, and no time of day. */
export const BEFORE_DURATION =
  /(?:^|[\s_(-])(?:in|after|for|within|wait|another|delay|en|dentro de|tras|después de|durante|em|após|daqui a|dans|après|nach|tra|fra|dopo|через|спустя)[\s:=(~≈"'“‘`\u00a0]*$/u;
/** The same before a number without a unit, which is of seconds as in the header: "retry-after: 30". */
export const BEFORE_SECONDS = /retry[-_ ]after["']?\s?[:=]?\s?["']?$/;
/** What follows a clock's notation for a duration, as in "00:47:11 后". Sticky. */
export const AFTER_DURATION = / ?(?:(?:之|以)?[后後]|후|뒤)/uy;
/** Words for another try after a time. Sticky. */
export const RETRY_AFTER_TIME = afterTime('retryAfter');
/** Words for a reset after a time. Sticky. */
export const RESET_AFTER_TIME = afterTime('resetAfter');

/** Whether a text has any words for another try or a reset after a time: most have none. */
export const CUE_AFTER_TIME = new RegExp(`${RETRY_AFTER_TIME.source}|${RESET_AFTER_TIME.source}`, 'u');

/** Words for a limit whose end a long wait names. */
export const QUOTA = new RegExp(
  [
    String.raw`\bquotas?\b|\ballowance\b|\b(?:usage|plan|session|message|account|model|call volume)s? (?:limit|cap)s?\b`,
    String.raw`(?<!rate[ -])\blimit (?:has been |was |is )?(?:reached|hit|exhausted)`,
    String.raw`(?:hit|reached|exceeded|exhausted) (?:your|the|its) (?:(?!rate)\w{1,20} ){0,2}limit`,
    'cuota|cota|kontingent|límite de uso|limite (?:de uso|d.utilisation)|nutzungslimit|квот',
    '配额|配額|额度|額度|限额|限額|上限|割り当て|使用制限|할당량|사용량|한도',
  ].join('|'),
  'u',
);

/**
 * The name of a member, in lower case and without separators, that says when to retry. The group `unit` is its unit: `retryafterms`,
 * `nextavailableat`.
 */
export const RETRY_MEMBER = member(
  'retry|tryagain|wait|cooldown|backoff|nextrequest|nextattempt|available|estimated',
  '+',
);
/** The same for when a limit resets: `resetsinseconds`, `quotaresettimestamp`, `secondsuntilreset`. */
export const RESET_MEMBER = member(
  'resets?|resetting|replenish(?:es|ed)?|renews?|refresh(?:es)?|refills?|(?:limited|blocked)until',
  '*',
);
/** Members whose values may repeat the request, or that are read elsewhere. */
export const UNREAD_MEMBER =
  /^(?:headers|request|inputs?|body|messages|prompt|param(?:eter)?s|arguments|content|choices|tools|ctx|loc|usage)$/i;
/** Milliseconds of each unit that the name of a member may end with. */
export const MEMBER_UNITS: readonly (readonly [unit: RegExp, ms: number])[] = [
  [/^m(?:s|illi)/, 1],
  [/^m/, 60_000],
  [/^h/, 3600_000],
  [/^d/, 86_400_000],
  [/^s/, 1000],
];

function sourceOf(rows: readonly LanguageRow[], words: Words): string {
  return rows.flatMap((row) => row[words] ?? []).join('|');
}

function cue(words: Words): RegExp {
  return new RegExp(
    String.raw`(?<![\p{L}\d])(?:${sourceOf(SPACED, words)})(?!\p{L})|${sourceOf(UNSPACED, words)}`,
    'gu',
  );
}

function afterTime(words: Words): RegExp {
  return new RegExp(
    String.raw`[\s"'”’\x60)]{0,3}(?:(?:${sourceOf(SPACED, words)})|(?:${sourceOf(UNSPACED, words)}))`,
    'uy',
  );
}

function member(heads: string, endings: '*' | '+'): RegExp {
  const units = 'ms|msecs?|millis|milliseconds?|s|secs?|seconds?|mins?|minutes?|hrs?|hours?|days?';
  const before =
    'x|quota|rate|limits?|usage|requests?|tokens?|window|time|until|next|daily|weekly|monthly|session|account|credits?|plan|primary|suggested|recommended';
  const after = 'after|at|in|by|for|delay|time|stamp|date|until|wait|interval|utc|unix|epoch';
  const ending =
    endings === '+'
      ? `(?:(?:${after}){1,3}(?<unit>${units})?|(?<unit>${units}))`
      : `(?:${after}|on){0,3}(?<unit>${units})?`;
  return new RegExp(`^(?:(?<unitBefore>${units})(?:until|till|to|before))?(?:${before}){0,4}(?:${heads})${ending}$`);
}
