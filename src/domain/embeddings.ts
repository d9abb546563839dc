import { z } from 'zod';

/** What is checked of an embeddings input. */
export const embeddingsInput = z.looseObject({
  model: z.string().min(1).optional(),
  input: z.union([z.string(), z.array(z.unknown())]),
});

/** An embeddings input; fields beyond these pass through. */
export type EmbeddingsInput = z.input<typeof embeddingsInput>;

/** Embeddings, in the order of the inputs. */
export interface Embeddings {
  readonly object: 'list';
  readonly model: string;
  readonly data: readonly {
    readonly object: 'embedding';
    readonly index: number;
    readonly embedding: readonly number[] | string;
  }[];
  readonly usage?: { readonly prompt_tokens: number; readonly total_tokens: number } | undefined;
}
