import { expect, test } from 'vitest';

test('tests run without the developer’s provider variables, proxies and configuration', () => {
  const remaining = Object.keys(process.env).filter((name) =>
    /_API_KEY$|_PROXY$|^(SPILLWAY|OPENAI|ANTHROPIC|GEMINI|GROQ|AZURE)_/i.test(name),
  );
  expect(remaining).toEqual([]);
});
