import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { PRESETS } from '../../src/catalog/presets.ts';
import { OPERATION_NAMES } from '../../src/domain/operation-names.ts';
import { GEN_AI, GEN_AI_PROVIDERS, GEN_AI_VERSION, genAiOperation, genAiProvider } from '../../src/observe/gen-ai.ts';

const ROOT = join(import.meta.dirname, '..', '..');

/** Well-known values of `gen_ai.provider.name` in v0.1.0. */
const KNOWN = new Set(
  'anthropic aws.bedrock azure.ai.inference azure.ai.openai cohere deepseek gcp.gemini gcp.gen_ai gcp.vertex_ai groq ibm.watsonx.ai mistral_ai moonshot_ai openai perplexity x_ai'.split(
    ' ',
  ),
);

const nameOf = (provider: string, preset?: string): string => genAiProvider({ provider, preset });

test('a preset has the conventions’ name of its provider, and any other its own', () => {
  for (const [preset, name] of Object.entries(GEN_AI_PROVIDERS)) {
    expect(Object.keys(PRESETS)).toContain(preset);
    expect(KNOWN).toContain(name);
  }
  expect(nameOf('mine', 'gemini-compat')).toBe('gcp.gemini');
  expect(nameOf('mine', 'groq')).toBe('groq');
  expect(nameOf('mine', 'together')).toBe('together');
  expect(nameOf('mistral')).toBe('mistral');
});

test('every operation has a name', () => {
  expect(OPERATION_NAMES.map((name) => genAiOperation(name))).toEqual([
    'chat',
    'text_completion',
    'chat',
    'responses.compact',
    'chat',
    'messages.count_tokens',
    'embeddings',
  ]);
});

test('no other file of the sources has a name of the conventions', () => {
  const files = globSync('src/**/*.ts', { cwd: ROOT }).filter((file) => file !== join('src', 'observe', 'gen-ai.ts'));
  expect(files.filter((file) => readFileSync(join(ROOT, file), 'utf8').includes('gen_ai.'))).toEqual([]);
});

test('docs/traces.md names the version of the conventions, and each attribute', () => {
  const docs = readFileSync(join(ROOT, 'docs', 'traces.md'), 'utf8');
  expect(docs).toContain(`v${GEN_AI_VERSION}`);
  for (const name of Object.values(GEN_AI)) expect(docs).toContain(`\`${name}\``);
});
