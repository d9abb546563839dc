import type { Call } from '../domain/call.ts';
import { capabilitiesOf } from '../domain/capabilities.ts';
import type { Needs } from '../domain/needs.ts';
import type { OperationName } from '../domain/operation.ts';
import { estimateUsage } from '../domain/usage.ts';
import { fieldsOf, memberOf } from '../lib/record.ts';

/** What every request of an operation has, and so is no need of one. */
const ORDINARY: Readonly<Record<OperationName, ReadonlySet<string>>> = Object.freeze({
  'chat.completions': new Set(['model', 'messages', 'stream']),
  embeddings: new Set(['model', 'input']),
});

/** Reads off a call what it asks of an entry. Linear in the input, and not recursive: a caller chooses how deep his input is. */
export function needsOf(call: Call): Needs {
  const { operation, input } = call;
  const chat = operation === 'chat.completions';
  const fields = fieldsOf(input);
  const parameters = Object.keys(fields).filter(
    (name) => !ORDINARY[operation].has(name) && fields[name] !== null && fields[name] !== undefined,
  );
  return {
    ...capabilitiesOf(call),
    parameters,
    inputTokens: (estimateUsage(input, 0).inputTokens ?? 0) + (chat ? 0 : tokensGiven(input)),
    outputTokens: chat ? outputOf(input) : 0,
  };
}

/** Of texts that come as tokens already, each number is one. */
function tokensGiven(input: unknown): number {
  let tokens = 0;
  const list = memberOf(input, 'input');
  if (!Array.isArray(list)) return 0;
  for (const item of list) {
    if (typeof item === 'number') tokens++;
    else if (Array.isArray(item)) tokens += item.length;
  }
  return tokens;
}

function outputOf(input: unknown): number {
  const each = countOf(input, 'max_completion_tokens') ?? countOf(input, 'max_tokens') ?? 0;
  return Math.min(Number.MAX_SAFE_INTEGER, Math.ceil(each) * Math.ceil(countOf(input, 'n') ?? 1));
}

/** A caller's number where it says something; the vendor judges the others. */
function countOf(input: unknown, name: string): number | undefined {
  const value = memberOf(input, name);
  return typeof value === 'number' && Number.isFinite(value) && value > 0 ? value : undefined;
}
