import type { Codec } from '../../codec.ts';
import { judgeJson } from '../../openai/judge-json.ts';
import { messageOfEvents } from './from-events.ts';
import { createMessagesGrammar } from './grammar.ts';
import { judgeMessage } from './judge-message.ts';
import { encodeSameApi } from './request.ts';
import { messageToEvents } from './to-events.ts';

/** Messages in Anthropic's API, as Anthropic and compatible providers implement it. */
export const anthropicMessages: Codec = Object.freeze({
  encode: encodeSameApi,
  grammar: ({ quirks }) => createMessagesGrammar(quirks),
  judge: (body, { quirks }) => judgeJson(body, (value) => judgeMessage(value, quirks)),
  mend: (_value, body) => body,
  toEvents: messageToEvents,
  fromEvents: messageOfEvents,
} satisfies Codec);
