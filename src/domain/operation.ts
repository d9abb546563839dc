/** What can be asked of an entry. */
export type OperationName = 'chat.completions' | 'embeddings';

/** What every operation's input has in common: the part that routing reads. */
export interface RoutedInput {
  readonly model?: string | undefined;
}
