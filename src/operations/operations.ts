import type { Operation } from '../domain/operation.ts';
import { chatCompletions } from './chat-completions.ts';
import { embeddings } from './embeddings.ts';

/** Every operation by its name. */
export const OPERATIONS = Object.freeze({
  'chat.completions': chatCompletions,
  embeddings,
} satisfies Readonly<Record<string, Operation>>);

/** The name of an operation. */
export type OperationName = keyof typeof OPERATIONS;

/** Every name, in the order of the table. */
export const OPERATION_NAMES = Object.freeze(['chat.completions', 'embeddings'] as const satisfies OperationName[]);
