import type { Operation } from '../domain/operation.ts';
import { chatCompletions } from './chat-completions.ts';
import { embeddings } from './embeddings.ts';
import type { OperationName } from './names.ts';

/** Every operation by its name. */
export const OPERATIONS = Object.freeze({
  'chat.completions': chatCompletions,
  embeddings,
} satisfies Readonly<Record<OperationName, Operation>>);
