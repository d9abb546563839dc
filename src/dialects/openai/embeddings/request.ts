import { type Call, withBody } from '../../../domain/call.ts';
import { RequestBody } from '../../../domain/request-body.ts';
import { ByteEdits } from '../../../lib/byte-edits.ts';
import type { JsonDocument, JsonNode } from '../../../lib/json-document.ts';
import { documentOf } from '../../../lib/json-scanner.ts';

/**
 * The form in which a request wants its vectors: lists of numbers, or base64 of little-endian float32. `other`: the request sets what some
 * providers add, such as quantized vectors, so vectors are passed on as they are.
 */
export type VectorFormat = 'float' | 'base64' | 'other';

/** Parameters that choose another type of number: Voyage and Mistral `output_dtype`, Jina and NVIDIA `embedding_type`, Cohere `embedding_types`. */
const TYPE_PARAMETERS = ['output_dtype', 'embedding_type', 'embedding_types'] as const;

/** The form of the vectors that a request wants. OpenAI's default is `float`. */
export function formatOf({ body }: Pick<Call, 'body'>): VectorFormat {
  if (TYPE_PARAMETERS.some((name) => !isFloat(body.get(name)))) return 'other';
  const format = body.get('encoding_format');
  if (isFloat(format)) return 'float';
  return format === 'base64' ? 'base64' : 'other';
}

function isFloat(value: unknown): boolean {
  return value === undefined || value === null || value === 'float';
}

/** The number of inputs, and so of vectors in the answer. A list of numbers is one input that is tokenized already. */
export function inputCountOf({ content }: Pick<Call, 'content'>): number {
  return content.inputs;
}

/** The number of inputs that can be sent apart; 1 for a list in which numbers stand between texts, because numbers have no places of their own. */
export function separateInputsOf(call: Call): number {
  const { inputs } = call.content;
  return inputs > 1 && itemsOf(call).length === inputs ? inputs : 1;
}

/** The call with its inputs from `from` to before `to`, of those that can be sent apart. Every other byte of the client's stays as it is. */
export function sliceInputs(call: Call, from: number, to: number): Call {
  const { body } = call;
  const { document } = body;
  const input = body.nodeOf('input');
  const items = itemsOf(call);
  const [first, last] = [items[from], items[to - 1]];
  if (input === undefined || first === undefined || last === undefined) return call;
  const edits = new ByteEdits();
  edits.replace(document.startOf(input) + 1, document.startOf(first), '');
  edits.replace(document.endOf(last), document.endOf(input) - 1, '');
  const part = documentOf(edits.apply(document.bytes, ...document.range));
  return part === undefined ? call : withBody(call, new RequestBody(part, body.edits));
}

/** The inputs of each document's list: a request that is sent in many parts looks at them for each. */
const ITEMS = new WeakMap<JsonDocument, readonly JsonNode[]>();

/** The inputs of a list, without numbers. */
function itemsOf({ body }: Call): readonly JsonNode[] {
  const { document } = body;
  const known = ITEMS.get(document);
  if (known !== undefined) return known;
  const input = body.nodeOf('input');
  if (input === undefined) return [];
  const items = [...document.itemsOf(input)];
  ITEMS.set(document, items);
  return items;
}
