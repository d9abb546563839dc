/** The examples that print an answer and end; `examples.test.ts` runs each against a gateway. */
export const PROGRAMS: readonly string[] = [
  'ai-sdk.ts',
  'in-process.ts',
  'openai-sdk.ts',
  'trpc-client.ts',
  'typed-client.ts',
];
