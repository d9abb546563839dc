import { type Call, createCall } from '../../src/domain/call.ts';
import { RequestBody } from '../../src/domain/request-body.ts';
import { ByteEdits } from '../../src/lib/byte-edits.ts';
import { editObject } from '../../src/dialects/openai/splice.ts';
import { documentOf } from '../../src/lib/json-scanner.ts';
import type { OperationName } from '../../src/domain/operation-names.ts';
import { OPERATIONS } from '../../src/operations/operations.ts';

/** The parts of a call that a test sets; by default a chat completion without a stream. */
export interface CallParts extends Partial<Pick<Call, 'stream' | 'headers'>> {
  readonly operation?: OperationName;
  /** The body, as a value or as its text. */
  readonly input: object | string;
}

/** Makes a call as the router does. */
export function callOf({ operation = 'chat.completions', input, stream = false, headers = {} }: CallParts): Call {
  return createCall({ operation: OPERATIONS[operation], body: requestBodyOf(input), stream, headers });
}

/** A body, as a door makes it of a text, or a caller in process of a value. */
export function requestBodyOf(input: object | string): RequestBody {
  if (typeof input !== 'string') return RequestBody.of(input);
  const document = documentOf(Buffer.from(input));
  if (document === undefined) throw new TypeError('The text is no JSON.');
  return new RequestBody(document);
}

/** The text of a body with its edits, as it is sent. */
export function textOf({ document, members, edits }: RequestBody): string {
  const inside = new ByteEdits();
  editObject(inside, { document, node: document.root, members }, { values: Object.fromEntries(edits) });
  return inside.apply(document.bytes, ...document.range).toString('utf8');
}
