import { memberOf } from '../../lib/record.ts';
import type { StreamGrammar } from '../../domain/stream-grammar.ts';
import type { Dialect } from '../dialect.ts';
import { createChatGrammar } from './chat-grammar.ts';
import { encode, streamOptionsOf } from './encode.ts';
import { judge } from './judge.ts';
import { read, readError } from './read.ts';

/** OpenAI's protocol, as OpenAI and everyone compatible with it speak it. */
export const openai: Dialect = Object.freeze({
  encode,
  judge,
  read,
  readError,
  grammar({ input }): StreamGrammar {
    const choices = memberOf(input, 'n');
    return createChatGrammar({
      manyChoices: typeof choices === 'number' && choices > 1,
      hideUsage: streamOptionsOf(input)?.['include_usage'] !== true,
    });
  },
} satisfies Dialect);
