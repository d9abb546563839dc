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
];
