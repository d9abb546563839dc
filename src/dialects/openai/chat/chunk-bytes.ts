import { isJsonObject } from '../../../lib/json-syntax.ts';

const QUOTE = 0x22;
const OPEN_BRACE = 0x7b;
const OPEN_BRACKET = 0x5b;
const SMALL_E = 0x65;
/** Of `model`. */
const SMALL_M = 0x6d;
const SMALL_N = 0x6e;
/** The second letter of `created`. */
const SMALL_R = 0x72;
const ZERO = 0x30;
const ERROR = '"error"';

/** A chunk's bytes as the function below takes them, one character per byte. Reading a Buffer would be a call out of JavaScript for each. */
export function latin1Of(data: Buffer): string {
  return data.toString('latin1');
}

/**
 * Whether a chunk is valid JSON that continues choice 0 and does nothing else: a delta, but no other choice, no finish reason, no usage, no
 * error, no message, no content in parts, and with `toolCalls: 'parse'` no tool calls. Every other chunk has to be parsed. One pass over the text.
 */
export function continuesFirstChoice(chunk: string, { toolCalls }: { readonly toolCalls: 'pass' | 'parse' }): boolean {
  let hasChoices = false;
  let hasIndex = false;
  let hasDelta = false;
  let inLogprobs = false;

  function accepts(keyStart: number, keyEnd: number, valueStart: number): boolean {
    // Most keys are none of these. Their length shows it, and their first letter.
    switch (keyEnd - keyStart) {
      case 4:
      case 6:
        return chunk.charCodeAt(valueStart + 1) !== SMALL_E || !chunk.startsWith(ERROR, valueStart);
      case 5:
        if (chunk.charCodeAt(keyStart) === SMALL_M) return true;
        return acceptsShort(chunk.slice(keyStart, keyEnd), chunk.charCodeAt(valueStart));
      case 7:
        if (chunk.charCodeAt(keyStart + 1) === SMALL_R) return true;
        return acceptsMiddle(chunk.slice(keyStart, keyEnd), chunk.charCodeAt(valueStart));
      case 8:
        inLogprobs ||= chunk.startsWith('logprobs', keyStart);
        return true;
      case 10:
        return toolCalls === 'pass' || !chunk.startsWith('tool_calls', keyStart);
      case 13:
        return chunk.charCodeAt(valueStart) !== QUOTE || !chunk.startsWith('finish_reason', keyStart);
      default:
        return true;
    }
  }

  function acceptsShort(key: string, first: number): boolean {
    if (key === 'index') {
      hasIndex ||= hasChoices;
      return first === ZERO;
    }
    if (key === 'delta') {
      hasDelta = true;
      inLogprobs = false;
      return first === OPEN_BRACE;
    }
    if (key === 'usage') return first !== OPEN_BRACE;
    return key !== 'error' || first === SMALL_N;
  }

  function acceptsMiddle(key: string, first: number): boolean {
    // Logprobs hold a list of the same name.
    if (key === 'content') return first !== OPEN_BRACKET || inLogprobs;
    if (key !== 'choices') return key !== 'message' || first !== OPEN_BRACE;
    const isFirst = !hasChoices;
    hasChoices = true;
    return isFirst && first === OPEN_BRACKET;
  }

  return isJsonObject(chunk, accepts) && hasChoices && hasIndex && hasDelta;
}

/** Whether the list of choices is a member of the chunk itself, with no object before it. A chunk inside another object is not read by clients. */
export function beginsAtTop(chunk: string): boolean {
  return chunk.lastIndexOf('{', chunk.indexOf('"choices"')) === 0;
}
