import type { FinishReason } from '../../../neutral/block-event.ts';

/** The finish reason of a chat completion as the neutral one. `refused`: the answer holds a refusal. */
export function readFinish(reason: unknown, refused: boolean): FinishReason {
  switch (reason) {
    case 'length':
    case 'max_tokens':
    case 'model_length':
      return 'length';
    case 'tool_calls':
    case 'function_call':
      return 'tools';
    case 'content_filter':
      return refused ? 'refusal' : 'filter';
    default:
      return refused ? 'refusal' : 'stop';
  }
}

/** The opposite: none but the words that OpenAI's clients know. */
export function writeFinish(reason: FinishReason, refused: boolean): string {
  switch (reason) {
    case 'tools':
      return 'tool_calls';
    case 'length':
    case 'context_window':
      return 'length';
    case 'filter':
      return 'content_filter';
    case 'refusal':
      return refused ? 'stop' : 'content_filter';
    case 'stop':
    case 'stop_sequence':
    case 'pause':
      return 'stop';
  }
}
