import { z } from 'zod';
import type { Fields } from './wrong-field.ts';

let fields: Fields | undefined;

/** OpenAI's schema of an embeddings request's fields (https://platform.openai.com/docs/api-reference/embeddings/create). Made on first use. */
export function embeddingsFields(): Fields {
  return (fields ??= {
    input: z.union([z.string(), z.array(z.string()), z.array(z.number()), z.array(z.array(z.number()))]),
    dimensions: z.number().nullish(),
    encoding_format: z.string().nullish(),
    user: z.string().nullish(),
  });
}
