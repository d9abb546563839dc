import type { RequestBody } from '../domain/request-body.ts';
import { type BodyRules, bodyWithin, readBody } from '../door/body.ts';
import type { DoorRequest } from '../door/request.ts';
import type { Definition } from '../router/definitions.ts';
import { inputOf } from '../router/input-of.ts';
import type { AdapterCalls } from './match.ts';

/** A body for the adapter. */
export interface Inputs {
  /** Only what procedures check: the rest of a body is never parsed. */
  readonly json: Buffer;
  /** Size of the body that the client sent, in bytes. */
  readonly receivedBytes: number;
}

/** What the calls are read by. */
interface CallRules extends Pick<BodyRules, 'limits'> {
  readonly calls: Pick<AdapterCalls, 'batch' | 'definitions'>;
}

/** The calls of a body. */
export interface ReadCalls {
  /** The body of each call; undefined where it has none. */
  readonly bodies: readonly (RequestBody | undefined)[];
  readonly inputs: Inputs;
}

/** Reads a body: of a batch the body of each call, under the limits of its own operation, so that it is sent as it arrived. Rejects as `readBody`. */
export async function readCalls(
  request: Pick<DoorRequest, 'body'>,
  signal: AbortSignal,
  { calls: { batch, definitions }, limits }: CallRules,
): Promise<ReadCalls> {
  const [first] = definitions;
  const whole = await readBody(request, signal, {
    // Each call of a batch is one level down.
    limits: batch ? { ...limits, depth: limits.depth + 1 } : limits,
    operation: batch ? undefined : first?.meta?.operation,
  });
  const read = (definition: Definition | undefined, index: number): RequestBody | undefined => {
    const own = whole.nodeOf(String(index));
    // What is no object is refused as that call's input.
    if (own === undefined || whole.document.kindOf(own) !== 'object') return undefined;
    return bodyWithin(whole, own, { limits, operation: definition?.meta?.operation });
  };
  const bodies = batch ? definitions.map(read) : [whole];
  const inputs = bodies.map((body, index) => {
    const definition = definitions[index];
    return body === undefined || definition === undefined ? whole.get(String(index)) : inputOf(definition, body);
  });
  const json = JSON.stringify(batch ? Object.fromEntries(inputs.entries()) : (inputs[0] ?? null));
  return { bodies, inputs: { json: Buffer.from(json), receivedBytes: whole.bytes.length } };
}
