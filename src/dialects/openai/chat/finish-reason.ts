/** Finish reasons by which a provider reports that the model failed. None of them is OpenAI's, and a client takes each for a normal end. */
const FAILURES: ReadonlySet<string> = new Set([
  'error',
  'abort',
  'insufficient_system_resource',
  'malformed_function_call',
  'unexpected_tool_call',
  'too_many_tool_calls',
]);

/** Whether a choice's finish reason reports that the model failed. */
export function isFailedFinish(reason: unknown): boolean {
  return typeof reason === 'string' && FAILURES.has(reason.toLowerCase());
}

/** The error of an answer with such a finish reason. */
export const MODEL_FAILED = Object.freeze({
  message: 'The model ended with an error.',
  type: 'server_error',
  param: null,
  code: null,
  detail: null,
  status: undefined,
});
