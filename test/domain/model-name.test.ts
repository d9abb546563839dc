import { expect, test } from 'vitest';
import { embeddingModels, looksLikeEmbeddings, plainModelName } from '../../src/domain/model-name.ts';

test.each([
  ['text-embedding-3-small', 'openai/text-embedding-3-small'],
  ['BAAI/bge-m3', '@cf/baai/bge-m3'],
  ['nomic-embed-text:latest', 'Nomic-Embed-Text'],
  ['models/gemini-embedding-001', 'gemini-embedding-001'],
  ['baai/bge-m3:free', 'bge-m3'],
  ['accounts/fireworks/models/qwen3-embedding-8b', 'Qwen/Qwen3-Embedding-8B:cheapest'],
])('%s and %s are one model', (a, b) => {
  expect(plainModelName(a)).toBe(plainModelName(b));
});

test.each([
  ['text-embedding-3-small', 'text-embedding-3-large'],
  ['qwen3-embedding:0.6b', 'qwen3-embedding:8b'],
  ['snowflake-arctic-embed:s', 'snowflake-arctic-embed:l'],
  ['nomic-embed-text:v1.5', 'nomic-embed-text'],
  ['a/', 'b/'],
])('%s and %s are two models', (a, b) => {
  expect(plainModelName(a)).not.toBe(plainModelName(b));
});

test.each([
  ['text-embedding-ada-002', true],
  ['@cf/baai/bge-base-en-v1.5', true],
  ['intfloat/e5-mistral-7b-instruct', true],
  ['thenlper/gte-large', true],
  ['all-MiniLM-L6-v2', true],
  ['voyage-3.5', true],
  ['llama-3.3-70b-versatile', false],
  ['gpt-4.1-mini', false],
  ['deepseek-v3-e50', false],
])('whether %s looks like an embedding model: %s', (name, expected) => {
  expect(looksLikeEmbeddings(name)).toBe(expected);
});

test.each([
  ['the embedding models, each once', ['llama-3.3-70b', 'bge-m3', 'e5-large', 'baai/bge-m3'], ['bge-m3', 'e5-large']],
  ['all models where none looks like one', ['a/x', 'X', 'y'], ['a/x', 'y']],
  ['nothing without models', [], []],
])('a chain makes vectors with %s', (_, models, expected) => {
  expect(embeddingModels(models)).toEqual(expected);
});
