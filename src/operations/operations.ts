import type { Operation } from '../domain/operation.ts';
import { chatCompletions } from './chat-completions.ts';
import { completions } from './completions.ts';
import { embeddings } from './embeddings.ts';
import { messages, messagesCountTokens } from './messages.ts';
import type { OperationName } from '../domain/operation-names.ts';
import { responses, responsesCompact } from './responses.ts';

/** Every operation by its name. */
export const OPERATIONS = Object.freeze({
  'chat.completions': chatCompletions,
  completions,
  responses,
  'responses.compact': responsesCompact,
  messages,
  'messages.count_tokens': messagesCountTokens,
  embeddings,
} satisfies Readonly<Record<OperationName, Operation>>);
