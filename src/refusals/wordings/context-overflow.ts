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
].map((source) => new RegExp(source.replace('#', String.raw`(?:(${COUNT})|\d)`)));
