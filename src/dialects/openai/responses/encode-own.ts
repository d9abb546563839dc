import type { Call } from '../../../domain/call.ts';
import type { Target } from '../../../domain/chain.ts';
import { isRecord } from '../../../lib/record.ts';
import type { Encoded, EncodeOptions } from '../../codec.ts';
import { HISTORY_REASONING } from '../../neutral/api.ts';
import { unwrapOpaque, WRAPPED } from '../../neutral/opaque.ts';
import { openaiRequest } from '../request.ts';

const INPUT = 'input';
const NONE: readonly string[] = Object.freeze([]);

/**
 * Encodes a response for a server of the same API: the client's bytes. A run in the background is the gateway's own, and no server is asked for one. Reasoning
 * that another issuer made is left out, because no server of this API can read it.
 */
export function encodeResponse(call: Call, target: Target, options: EncodeOptions): Encoded {
  return encodeAt('/responses', call, { target, options });
}

/** Encodes a request to compact a conversation. It has no stream. */
export function encodeCompact(call: Call, target: Target, options: EncodeOptions): Encoded {
  return encodeAt('/responses/compact', call, { target, options });
}

interface Sending {
  readonly target: Target;
  readonly options: EncodeOptions;
}

function encodeAt(path: string, call: Call, { target, options: { without, headers } }: Sending): Encoded {
  const { body } = call;
  const values: Record<string, string | undefined> = {};
  if (body.includes('background')) values['background'] = undefined;
  // Only a REST body has `stream`. Over the other doors the procedure's name decides.
  if (call.stream && body.get('stream') !== true) values['stream'] = 'true';
  if (!call.stream && body.get('stream') === true) values['stream'] = undefined;
  const withoutReasoning = without.has(HISTORY_REASONING);
  if (withoutReasoning || holdsEnvelope(call)) {
    const input = readableInput(call, withoutReasoning);
    if (input !== undefined) values[INPUT] = input;
  }
  return { added: NONE, request: openaiRequest(call, target, { path, values, headers }) };
}

function holdsEnvelope({ body }: Call): boolean {
  return body.jsonOf(INPUT)?.includes(WRAPPED) === true;
}

/** The input with only the reasoning that OpenAI can read, raw; undefined where nothing changes. */
function readableInput({ body }: Call, withoutReasoning: boolean): string | undefined {
  const json = body.jsonOf(INPUT);
  const input: unknown = json === undefined ? undefined : JSON.parse(json.toString('utf8'));
  if (!Array.isArray(input)) return undefined;
  const items: readonly unknown[] = input;
  const readable = items.map((item) => readableItem(item, withoutReasoning));
  const changes = readable.some((item, index) => item !== items[index]);
  return changes ? JSON.stringify(readable.filter((item) => item !== undefined)) : undefined;
}

function readableItem(item: unknown, withoutReasoning: boolean): unknown {
  if (!isRecord(item)) return item;
  const { type, id, encrypted_content: content } = item;
  const isReasoning = type === 'reasoning' || (type === 'item_reference' && isReasoningId(id));
  if (!isReasoning) return item;
  if (withoutReasoning) return undefined;
  if (typeof content !== 'string') return item;
  const { issuer, value } = unwrapOpaque(content, 'openai');
  if (issuer !== 'openai') return undefined;
  return value === content ? item : { ...item, encrypted_content: value };
}

function isReasoningId(id: unknown): boolean {
  return typeof id === 'string' && id.startsWith('rs_');
}
