/** A complaint about one value of the request, at the start of the text: whatever else the text says, it says about that value. */
export const BAD_VALUE = new RegExp(
  String.raw`^\s*(?:` +
    [
      'invalid (?:value|type|parameter|argument|schema|json payload|enum)', // OpenAI; Google: JSON payload
      '(?:unsupported|unknown|unrecognized) (?:value|parameter|(?:request )?argument|field|key|name)', // OpenAI
      'input (?:should|tag)', // pydantic, in Mistral and vLLM
      'body[.:]|query[.:]', // FastAPI, in Mistral and vLLM
      'failed to (?:deserialize|parse|decode|download)',
      'error while downloading',
    ].join('|') +
    ')',
);

/** This model does not take the value of a parameter, in lower case; the group is the parameter. */
export const REFUSED_VALUE: readonly RegExp[] = [
  /['"`](\w{1,60})['"`] must be (?:less|smaller|lower) than/, // Groq
  /\b(\w{1,60}) is too (?:large|high|big)\b/, // OpenAI
  /\b(\w{1,60}): \d{1,15} > \d/, // Anthropic
  /['"`](\w{1,60})['"`] ?: number must be at most/, // Groq
  /invalid (\w{1,60}): only [\w .]{1,30} (?:is|are) allowed for this model/,
  /\b(penalty) is not enabled for models?/, // Google
  /unsupported value:? ?['"`](\w{1,60})['"`]/, // OpenAI
  /does not support this (\w{1,60})/, // DeepSeek
];

/** This model does not take the value of the parameter that the error's own `param` names. */
export const LIMIT_OF_THIS_MODEL =
  /\bat most\b|less than or equal|above maximum|expected a value <=|too large|\bmaximum\b|\bthis model\b/;

/** Parameters with one meaning, and Google's word for two of them. */
export const SAME_PARAMETERS: readonly (readonly string[])[] = [
  ['max_tokens', 'max_completion_tokens'],
  ['penalty', 'frequency_penalty', 'presence_penalty'],
];
