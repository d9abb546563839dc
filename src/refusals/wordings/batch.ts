import { COUNT } from './count.ts';

/** What a request has several of. */
const ITEMS = String.raw`(?:inputs?|texts?|documents?|strings?|sentences?|instances?(?:\(s\))?|items?|elements?)`;
/** What a limit on the size of a batch is about. */
const SUBJECT = String.raw`(?:batch(?:[ _-]?size)?|(?:number|count) of (?:\w{1,20} )?${ITEMS}|too many ${ITEMS}|inputs|texts|inputs? (?:array|list))`;
const LIMIT = String.raw`(?:at most|no more than|not (?:be )?(?:larger|greater|more|bigger|longer) than|(?:not|cannot) exceed|less than or equal to|<=|≤|max(?:imum)?|limit(?:ed)?|up to|between 1 and|exceeds?|>=?)`;
/** The most inputs, not a size in another unit. */
const MOST = String.raw`(${COUNT})(?! ?(?:tokens?|char|words?|bytes?|[km]i?b\b))`;
/** Within a sentence. */
const WITHIN = String.raw`[^.!?\n]`;
const WITHIN_TEXT = String.raw`[^.!?\n\d]`;

/**
 * The request has more inputs than the model takes at once, in lower case; the group is the most inputs that it takes. Quoted parts of a text
 * are masked.
 */
export const BATCH_TOO_LARGE: readonly RegExp[] = [
  `input array must be ${MOST} dimensions or less`, // OpenAI
  `array too long. expected an array with maximum length ${MOST}`, // OpenAI
  // "batch size is invalid, it should not be larger than 10" (Alibaba Cloud), "batch size 40 > maximum allowed batch size 32" (TEI, SiliconFlow),
  // "number of texts must be at most 96" (Cohere), "batch size limit is 128" (Voyage)
  `${SUBJECT}${WITHIN}{0,80}?${LIMIT}${WITHIN_TEXT}{0,30}?${MOST}`,
  `(?:can only|may only) (?:embed|process|send) ${MOST} ?${ITEMS}`,
  `${MOST} (?:is|are) the max(?:imum)?${WITHIN_TEXT}{0,20}?${SUBJECT}`,
  `(?:array size|embedding inputs?|inputs?)${WITHIN}{0,30}?(?:exceeds?|over)${WITHIN_TEXT}{0,20}?(?:max(?:imum)?|limit)(?: of| is|:)? ?${MOST}`,
  `batch${WITHIN_TEXT}{0,40}too (?:large|big|long|many)[^\\d]{0,20}(?:max(?:imum)?|limit)[^\\d]{0,10}${MOST}`,
  String.raw`(?:最多|不超过|不得超过|上限为)[^。\d]{0,8}${MOST} ?(?:条|个|项|段)`,
  // "max number of inputs is 16" (Azure), "maximum batch size 96"
  `max(?:imum)?${WITHIN_TEXT}{0,20}?${SUBJECT}${WITHIN_TEXT}{0,20}?${MOST}`,
  // "at most 100 requests can be in one batch" (Google), "list should have at most 32 items" (pydantic)
  `${LIMIT} ${MOST} ?(?:${ITEMS}|requests? (?:can be )?(?:in|per) (?:a|one|each) batch)`,
  `${MOST} ?${ITEMS} (?:is|are) allowed`, // "250 instance(s) is allowed per prediction" (Google)
  String.raw`(?:数组|批量|批次|batch)[^。\d]{0,30}(?:最[大多]|超过|大于|上限|限制)[^。\d]{0,10}${MOST}`, // "input数组最大不得超过64条" (Zhipu)
].map((source) => new RegExp(source));

/** The same without a number of inputs. */
export const BATCH_TOO_LARGE_UNCOUNTED = new RegExp(
  [
    'split (?:\\w{1,20} ){0,3}into (?:more|smaller|multiple) (?:batches|requests)', // Mistral
    `too many ${ITEMS}\\b`, // Azure, Mistral
    'batch[^.!?\\n]{0,40}(?:too (?:large|big|long|many)|exceed|larger than|greater than)',
    'smaller batch|(?:reduce|decrease|lower)[^.!?\\n]{0,20} batch',
    String.raw`max(?:imum)?[^.!?\n]{0,30}\d tokens per (?:request|batch)`, // OpenAI
  ].join('|'),
);
