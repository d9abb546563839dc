import type { Call } from '../../../domain/call.ts';
import { fieldsOf, memberOf } from '../../../lib/record.ts';
import { splice } from '../splice.ts';

/**
 * The form in which a request wants its vectors: lists of numbers, or base64 of little-endian float32. `other`: the request sets what some
 * providers add, such as quantized vectors, so vectors are passed on as they are.
 */
export type VectorFormat = 'float' | 'base64' | 'other';

/** Parameters that choose another type of number: Voyage and Mistral `output_dtype`, Jina and NVIDIA `embedding_type`, Cohere `embedding_types`. */
const TYPE_PARAMETERS = ['output_dtype', 'embedding_type', 'embedding_types'] as const;

/** The form of the vectors that a request wants. OpenAI's default is `float`. */
export function formatOf({ input }: Pick<Call, 'input'>): VectorFormat {
  const fields = fieldsOf(input);
  if (TYPE_PARAMETERS.some((name) => !isFloat(fields[name]))) return 'other';
  const format = fields['encoding_format'];
  if (isFloat(format)) return 'float';
  return format === 'base64' ? 'base64' : 'other';
}

function isFloat(value: unknown): boolean {
  return value === undefined || value === null || value === 'float';
}

/** The number of inputs, and so of vectors in the answer. A list of numbers is one input that is tokenized already. */
export function inputCountOf(call: Pick<Call, 'input'>): number {
  return inputsOf(call)?.length ?? 1;
}

/** The call with its inputs from `from` to before `to`. Every other member of the client's bytes stays as it is. */
export function sliceInputs(call: Call, from: number, to: number): Call {
  const input = inputsOf(call)?.slice(from, to);
  if (input === undefined) return call;
  return {
    ...call,
    input: { ...fieldsOf(call.input), input },
    bytes: call.bytes && splice(call.bytes, { values: { input: JSON.stringify(input) } }),
  };
}

/** A list of inputs; undefined for a single input. */
function inputsOf({ input }: Pick<Call, 'input'>): readonly unknown[] | undefined {
  const inputs = memberOf(input, 'input');
  if (!Array.isArray(inputs) || inputs.every((each) => typeof each === 'number')) return undefined;
  return inputs;
}
