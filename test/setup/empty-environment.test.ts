import { expect, test } from 'vitest';

test('tests run without any vendor variable, proxy or configuration of the developer', () => {
  const left = Object.keys(process.env).filter((name) =>
    /_API_KEY$|_PROXY$|^(SPILLWAY|OPENAI|ANTHROPIC|GEMINI|GROQ|AZURE)_/i.test(name),
  );
  expect(left).toEqual([]);
});
