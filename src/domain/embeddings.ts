import type { Extras } from './chat.ts';

/** The input of an embeddings request; other fields pass through. */
export interface EmbeddingsInput extends Extras {
  /** A chain, an alias or `provider/model`; the default chain unless given. */
  readonly model?: string | undefined;
  readonly input: string | readonly string[] | readonly number[] | readonly (readonly number[])[];
  readonly encoding_format?: 'float' | 'base64' | undefined;
  readonly dimensions?: number | undefined;
  readonly user?: string | undefined;
}

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
