/** What precedes a wait: "try again in", "retry your request after", "wait", "resets in" (OpenAI, Groq, Azure, Google, and others). */
export const RETRY_PHRASE =
  /(?:try(?: (?:your|the|this) request)? again|retry(?: (?:your|the|this) request)?|wait|resets?)(?: again)?(?: for| in| after)? (?:about |another )?(?=\d)/gi;

/** One amount of a duration as prose writes it ("1 hour 30 minutes"); the groups are the amount and its unit. Sticky. */
export const AMOUNT_IN_PROSE =
  /(\d[\d,]{0,15}(?:\.\d{1,15})?) ?(milli(?:second)?s?|ms|s(?:ec(?:ond)?s?)?|m(?:in(?:ute)?s?)?|h(?:(?:ou)?rs?)?|d(?:ays?)?)(?![a-z])(?:,? and |,? )?/iy;

/** A unit of milliseconds. */
export const MILLISECONDS = /^m(?:s|illi)/i;
