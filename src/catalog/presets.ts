/** What is known of a vendor before anything is configured. */
export interface Preset {
  readonly dialect: 'openai';
  readonly baseUrl: string;
  /** Whether `stream_options` may be sent; Mistral answers it with a 422. */
  readonly streamOptions: boolean;
}

/** Known vendors by name. Base URLs are the vendors' documented ones. */
export const PRESETS: Readonly<Record<string, Preset>> = Object.freeze({
  openai: row('https://api.openai.com/v1'),
  groq: row('https://api.groq.com/openai/v1'),
  cerebras: row('https://api.cerebras.ai/v1'),
  mistral: { ...row('https://api.mistral.ai/v1'), streamOptions: false },
  deepseek: row('https://api.deepseek.com'),
  xai: row('https://api.x.ai/v1'),
  openrouter: row('https://openrouter.ai/api/v1'),
  together: row('https://api.together.xyz/v1'),
  fireworks: row('https://api.fireworks.ai/inference/v1'),
  ollama: row('http://localhost:11434/v1'),
  lmstudio: row('http://localhost:1234/v1'),
  llamacpp: row('http://localhost:8080/v1'),
  vllm: row('http://localhost:8000/v1'),
});

function row(baseUrl: string): Preset {
  return { dialect: 'openai', baseUrl, streamOptions: true };
}
