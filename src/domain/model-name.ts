/**
 * Tags that say how a model is served and not which model it is: Ollama's default tag, OpenRouter's variants
 * (https://openrouter.ai/docs/features/model-routing) and Hugging Face's policies. Any other tag is part of the name: `qwen3-embedding:0.6b`
 * and `qwen3-embedding:8b` are two models.
 */
const SERVING_TAG = /:(?:latest|free|nitro|floor|exacto|fastest|cheapest|preferred)$/;

/** Parts of the names of embedding models. */
const EMBEDDING =
  /embed|minilm|(?:^|[^a-z0-9])(?:bge|e5|gte|ada-002|voyage|stella|arctic|nv-embedqa|paraphrase)(?:[^a-z0-9]|$)/;

/**
 * The name by which two entries are the same model: in lower case, without what stands before its last slash, where providers put an owner
 * (`BAAI/bge-m3`, `@cf/baai/bge-m3`), and without a tag that only says how it is served.
 */
export function plainModelName(model: string): string {
  const name = model.toLowerCase().replace(SERVING_TAG, '');
  const last = name.slice(name.lastIndexOf('/') + 1);
  return last === '' ? name : last;
}

/** Whether a model's name looks like that of an embedding model. */
export function looksLikeEmbeddings(model: string): boolean {
  return EMBEDDING.test(plainModelName(model));
}

/**
 * The models of a chain that may make its vectors, each once: those whose names look like embedding models', in order, or all where none
 * does. The first of them is the chain's embedding model: a chain may also have chat models.
 */
export function embeddingModels(models: readonly string[]): readonly string[] {
  const names = models.map(plainModelName);
  const distinct = models.filter((_, index) => names.indexOf(names[index] ?? '') === index);
  const embedding = distinct.filter(looksLikeEmbeddings);
  return embedding.length === 0 ? distinct : embedding;
}
