import { COUNT } from './count.ts';

/**
 * The prompt does not fit the model's context window. In each source `#` stands for the size of the window, never for the size of the
 * prompt; it becomes the first group of the pattern, in the form of `COUNT`, and may be missing.
 */
export const CONTEXT_OVERFLOW: readonly RegExp[] = [
  'maximum (?:context|prompt) l(?:ength|imit)(?:(?: is| of|:)? ?#)?', // OpenAI, vLLM, OpenRouter, Fireworks; xAI: prompt
  'max(?:imum)? context length',
  String.raw`exceed context limit(?:: ?[\d ,+]{1,40}> ?#)?`, // Anthropic
  String.raw`longer than the model's context length(?: \(#)?`, // SGLang
  'input tokens exceed the configured limit(?: of #)?', // OpenAI
  String.raw`exceeds the available context size(?: \(#)?`, // llama.cpp
  String.raw`exceeds the maximum number of tokens allowed(?: \(#)?`, // Google
  String.raw`current length is \d[\d,]{0,20} while limit is #`, // Cerebras
  'maximum input length (?:is|of) #',
  String.raw`prompt is too long(?:: ?\d[\d,_]{0,20} tokens > # maximum)?`, // Anthropic
  String.raw`prompt tokens \(\d[\d,]{0,20}\) exceed model maximum(?: \(#)?`, // Bedrock
  'too large for model(?: with # maximum)?', // Mistral
  String.raw`range of input length should be(?: \[\d{1,15}, ?#)?`, // Alibaba Cloud
  '`inputs`(?: tokens)? \\+ `max_new_tokens` must be(?: <= ?#)?', // TGI, Together
  '`inputs` must have less than # tokens', // TGI
  'context length of only #', // LM Studio
  String.raw`exceeded this model context window limit(?: \(#)?`, // Cloudflare
  'tokens in the prompt cannot exceed #', // Cohere
  [
    'input is too long|too many input tokens|expected maxlength', // Bedrock
    'exceed model maximum', // Bedrock
    "exceeds? (?:the |this )?(?:model's )?context window",
    'context[_ ](?:length|window)[_ ](?:is )?exceeded',
    'reduce the length of (?:the|your) (?:messages|prompt|input)', // OpenAI, Cerebras
  ].join('|'),
  // Any other wording: the prompt, its tokens or the context on one side, a maximum that is exceeded on the other.
  String.raw`\b(?:prompts?|inputs?|messages|conversation|context|tokens?|requested|request|sequence)\b[^.\n]{0,40}? (?:exceed(?:s|ed|ing)?|too (?:long|large|many)|(?:longer|larger|more|greater) than)\b[^.\n]{0,60}?\b(?:context|tokens?|lengths?|window|ctx|max_?model_?len|n_ctx|max[_ ]context\w*)\b(?! per)`,
  String.raw`\b(?:context|token|prompt|input)[ _]?(?:window|length|size|limit|len|count)?(?: (?:is|are|was|has|have|been|of|for|this|the|model|request)){0,4}? (?:exceeded|exceeds|overflow(?:s|ed)?|too (?:long|large|small)|full|reached)\b`,
  String.raw`\bexceed(?:s|ed|ing)?\b[^.\n]{0,30}?\b(?:model )?(?:context|token|prompt)[ _-]?(?:window|length|size|limit)s?\b(?! per)`,
  String.raw`\b(?:prompt|conversation|messages?) (?:is |are )?too long\b|\btoo many tokens (?:in|for)\b|\btokens? (?:in (?:the )?prompt )?(?:exceed|must be no more than)`,
  String.raw`\btokens \d[\d,]* exceed\b|\bprompt has \d[\d,]* tokens, too long\b|\bprompt exceeds max(?:imum)? length\b`,
  String.raw`\btokens?(?: count)? (?:of )?\d[\d,]*[^.\n]{0,20}? exceed|\btoo many tokens\b(?! per)|\bmax_seq_len\w*`,
  'n_ctx|max_model_len|max_context_len|max_position_embeddings',
  '上下文(?:长度|窗口)|(?:输入|最大)长度|超出.{0,10}长度|输入.{0,6}过长', // the length of the context or of the input
].map((source) => new RegExp(source.replace('#', String.raw`(?:(${COUNT})|\d)`)));
