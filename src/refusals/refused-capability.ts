import type { Capability } from '../domain/needs.ts';
import type { ReportedError } from '../domain/provider-error.ts';

/** How vendors say what a model cannot do, in lower case. Of what it cannot do in one mode only nothing is said here. */
const PHRASES: readonly (readonly [capability: Capability, phrase: RegExp])[] = [
  [
    'tools',
    /(?:does not|doesn't) support (?:the use of )?(?:tools?\b|tool (?:use|calls?|calling)|function(?:s\b| call))/,
  ],
  ['tools', /tool choice requires --enable-auto-tool-choice/],
  [
    'tools',
    /(?:tools?|tool (?:use|calls?|calling)|function calling) (?:is|are) not (?:supported|enabled|available) (?:by|for|with|on|in) /,
  ],
  ['jsonSchema', /this response_format type is unavailable/],
  [
    'jsonSchema',
    /(?:does not|doesn't) support (?:the )?(?:response[ _]format )?['"`]?(?:json_schema|structured outputs?)/,
  ],
  ['jsonSchema', /response_format['"`]? of type ['"`]json_schema['"`] is not supported/],
  ['jsonSchema', /(?:json_schema['"`]?|structured outputs?) (?:is|are) not (?:supported|available)/],
  ['images', /image_url is only supported by certain models/],
  ['images', /unknown variant ['"`]image_url['"`]/],
  ['images', /is not a multimodal model/],
  ['images', /(?:does not|doesn't) support (?:images?\b|image (?:input|url)|vision|multimodal)/],
  ['images', /at most 0 images? ?(?:\(s\))? may be provided/],
];
/** More characters of a message are not read. */
const LONGEST_TEXT = 4096;

/** The capability that a refusal says its model lacks, and the words that say so; undefined where it says nothing of the kind. */
export function refusedCapability(
  error: ReportedError,
): { readonly capability: Capability; readonly words: string } | undefined {
  const text = error.message.slice(0, LONGEST_TEXT).toLowerCase();
  for (const [capability, phrase] of PHRASES) {
    const [words] = phrase.exec(text) ?? [];
    if (words !== undefined) return { capability, words };
  }
  return undefined;
}
