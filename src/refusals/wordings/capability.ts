import type { Capability } from '../../domain/needs.ts';

/** The model lacks a capability, in lower case. A capability that it lacks in one mode only is not listed. */
export const MISSING_CAPABILITY: readonly (readonly [capability: Capability, pattern: RegExp])[] = [
  [
    'tools', // Ollama
    /(?:does not|doesn't) support (?:the use of )?(?:tools?\b|tool (?:use|calls?|calling)|function(?:s\b| call))/,
  ],
  ['tools', /tool choice requires --enable-auto-tool-choice/], // vLLM
  [
    'tools', // Google
    /(?:tools?|tool (?:use|calls?|calling)|function calling) (?:is|are) not (?:supported|enabled|available) (?:by|for|with|on|in) /,
  ],
  ['jsonSchema', /this response_format type is unavailable/], // DeepSeek
  [
    'jsonSchema', // Groq
    /(?:does not|doesn't) support (?:the )?(?:response[ _]format )?['"`]?(?:json_schema|structured outputs?)/,
  ],
  ['jsonSchema', /response_format['"`]? of type ['"`]json_schema['"`] is not supported/], // OpenAI
  ['jsonSchema', /(?:json_schema['"`]?|structured outputs?) (?:is|are) not (?:supported|available)/],
  ['images', /image_url is only supported by certain models/], // OpenAI
  ['images', /unknown variant ['"`]image_url['"`]/], // DeepSeek
  ['images', /is not a multimodal model/], // vLLM
  ['images', /(?:does not|doesn't) support (?:images?\b|image (?:input|url)|vision|multimodal)/],
  ['images', /at most 0 images? ?(?:\(s\))? may be provided/], // vLLM
  // Any other wording: images on one side, "not supported" or "text only" on the other.
  [
    'images',
    /\b(?:images?|image[_ ](?:url|input|content)s?|vision|multimodal|multi-modal|pictures?)\b['"`]?:?(?: \w+){0,6}? (?:(?:is|are|was|were|be) )?(?:not (?:be )?(?:supported|allowed|available|enabled|accepted|permitted)|unsupported|disabled)/,
  ],
  [
    'images',
    /\b(?:does not|doesn't|do not|cannot|can't|not|no)(?: \w+){0,3}? (?:accept|handle|process|support|read|take|have|include|view|see|capable of)\w*(?: \w+){0,4}? (?:images?|image[_ ](?:url|input)s?|vision|multimodal|visual|pictures?)\b/,
  ],
  [
    'images',
    /\b(?:only (?:supports?|accepts?|takes?|handles?) (?:plain )?text|only text|text[- ]only|non-vision|not a vision|mmproj)\b/,
  ],
];
