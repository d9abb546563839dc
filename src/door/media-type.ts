import { GatewayError } from '../domain/errors.ts';
import { contentCodings } from './content-coding.ts';
import type { DoorHeaders } from './request.ts';

const JSON_TYPE = /^application\/json[ \t]*(?:;|$)/i;
const CHARSET = /;[ \t]*charset[ \t]*=[ \t]*"?([^\s";]*)/i;

/** Throws `unsupported_media_type` unless the headers declare a body of JSON in UTF-8, in content codings that are decoded. */
export function requireJson(headers: DoorHeaders): void {
  const type = textOf(headers['content-type']);
  if (!JSON_TYPE.test(type)) throw unsupported('Send the body as content-type: application/json.');
  const charset = CHARSET.exec(type)?.[1] ?? 'utf-8';
  if (!/^utf-?8$/i.test(charset))
    throw unsupported(`The charset '${charset.slice(0, 40)}' is not supported; send UTF-8.`);
  contentCodings(headers);
}

function textOf(header: string | string[] | undefined): string {
  return typeof header === 'string' ? header : (header?.join(', ') ?? '');
}

function unsupported(message: string): GatewayError {
  return new GatewayError('unsupported_media_type', { message });
}
