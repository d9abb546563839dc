/** Every operation's name, in the order in which documents list them. Apart from the operations, so that types of clients and the configuration need none of theirs. */
export const OPERATION_NAMES = Object.freeze([
  'chat.completions',
  'completions',
  'responses',
  'responses.compact',
  'messages',
  'messages.count_tokens',
  'embeddings',
] as const);

/** The name of an operation. */
export type OperationName = (typeof OPERATION_NAMES)[number];
