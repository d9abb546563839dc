/** What is known of a vendor before anything is configured. */
export interface Preset {
  readonly dialect: 'openai';
  readonly baseUrl: string;
  /** The environment variable that usually holds the key; undefined for local servers, which want none. */
  readonly apiKeyVariable: string | undefined;
  /** Whether `stream_options` may be sent; Mistral answers it with a 422. */
  readonly streamOptions: boolean;
}

/** Known vendors by name. Base URLs are the vendors' documented ones. */
export const PRESETS: Readonly<Record<string, Preset>> = Object.freeze({
  openai: row('https://api.openai.com/v1', 'OPENAI_API_KEY'),
  groq: row('https://api.groq.com/openai/v1', 'GROQ_API_KEY'),
  cerebras: row('https://api.cerebras.ai/v1', 'CEREBRAS_API_KEY'),
  mistral: Object.freeze({ ...row('https://api.mistral.ai/v1', 'MISTRAL_API_KEY'), streamOptions: false }),
  deepseek: row('https://api.deepseek.com', 'DEEPSEEK_API_KEY'),
  xai: row('https://api.x.ai/v1', 'XAI_API_KEY'),
  openrouter: row('https://openrouter.ai/api/v1', 'OPENROUTER_API_KEY'),
  together: row('https://api.together.xyz/v1', 'TOGETHER_API_KEY'),
  fireworks: row('https://api.fireworks.ai/inference/v1', 'FIREWORKS_API_KEY'),
  ollama: row('http://localhost:11434/v1'),
  lmstudio: row('http://localhost:1234/v1'),
  llamacpp: row('http://localhost:8080/v1'),
  vllm: row('http://localhost:8000/v1'),
});

function row(baseUrl: string, apiKeyVariable?: string): Preset {
  return Object.freeze({ dialect: 'openai', baseUrl, apiKeyVariable, streamOptions: true });
}
