import { GatewayError } from '../domain/errors.ts';
import { topLevelMembers } from '../lib/json-members.ts';
import { isRecord } from '../lib/record.ts';
import type { DoorHeaders } from './request.ts';

/** Members that are read or edited here, and so must not stand twice: the vendor might read the other one. */
const SINGLE: readonly string[] = Object.freeze(['model', 'messages', 'stream', 'stream_options']);

/** Throws `unsupported_media_type` unless the body is said to be JSON. */
export function requireJson(headers: DoorHeaders): void {
  const type = headers['content-type'];
  if (typeof type === 'string' && /^application\/json\s*(;|$)/i.test(type)) return;
  throw new GatewayError('unsupported_media_type', { message: 'Send the body as content-type: application/json.' });
}

/** Parses a body into an object. Throws `invalid_json`, or `duplicate_parameter`. */
export function parseBody(bytes: Buffer): Record<string, unknown> {
  const value = parsed(bytes);
  if (!isRecord(value)) throw new GatewayError('invalid_json', { message: 'The body must be a JSON object.' });
  const seen = new Set<string>();
  for (const { key } of topLevelMembers(bytes)) {
    if (!SINGLE.includes(key)) continue;
    if (seen.has(key))
      throw new GatewayError('duplicate_parameter', { message: `'${key}' stands twice in the body.`, param: key });
    seen.add(key);
  }
  return value;
}

function parsed(bytes: Buffer): unknown {
  if (bytes.length === 0) throw new GatewayError('invalid_json', { message: 'There is no input; send a JSON object.' });
  try {
    return JSON.parse(bytes.toString('utf8'));
  } catch (cause) {
    throw new GatewayError('invalid_json', { message: 'The body is not valid JSON.', cause });
  }
}
