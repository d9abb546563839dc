import type { Issuer, Opaque } from './request.ts';

const ISSUERS: readonly Issuer[] = ['anthropic', 'openai', 'google', 'bedrock', 'unknown'];
/** What opaque reasoning of another API's begins with. */
export const WRAPPED = 'sw1.';
const ENVELOPE = /^sw1\.([a-z]+)\.([A-Za-z0-9_-]*)$/;

/** Opaque reasoning as the API of another issuer carries it: `sw1.ISSUER.` and the value in base64url. What its own API carries stays as it is. */
export function wrapOpaque({ issuer, value }: Opaque, own: Issuer): string {
  return issuer === own ? value : `${WRAPPED}${issuer}.${Buffer.from(value).toString('base64url')}`;
}

/** The opposite: what stands in no envelope was issued by the API's own vendor. */
export function unwrapOpaque(text: string, own: Issuer): Opaque {
  const [, name, encoded = ''] = ENVELOPE.exec(text) ?? [];
  const issuer = ISSUERS.find((each) => each === name);
  return issuer === undefined
    ? { issuer: own, value: text }
    : { issuer, value: Buffer.from(encoded, 'base64url').toString('utf8') };
}
