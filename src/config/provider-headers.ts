import { z } from 'zod';
import { Secret } from './secret.ts';

/** Headers that the transport or the gateway sets, or that would carry a client's credentials. `proxy-` and `sec-` headers are reserved too. */
const RESERVED: ReadonlySet<string> = new Set([
  'accept',
  'accept-encoding',
  'api-key',
  'authorization',
  'connection',
  'content-encoding',
  'content-length',
  'content-type',
  'cookie',
  'cookie2',
  'date',
  'expect',
  'forwarded',
  'host',
  'http2-settings',
  'keep-alive',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'via',
  'x-request-id',
]);

/** Schema of a header's name. */
export const headerName = z
  .string()
  .regex(/^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/, 'is not a header name; use letters, digits and -');

/** Schema of a header's name that has no meaning of its own. */
export const freeHeaderName = headerName.superRefine((text, context) => {
  if (RESERVED.has(text.toLowerCase()) || /^(?:proxy|sec)-/i.test(text))
    context.addIssue({ code: 'custom', message: `'${text.toLowerCase()}' is reserved for the gateway; remove it` });
});

/** Schema of a header's value, which may be a secret. */
export const headerValue = z
  .string()
  .regex(/^[!-~](?:[\t -~]*[!-~])?$/, 'must be printable ASCII, without line breaks and without spaces at its ends')
  .transform((value) => new Secret(value));

/**
 * Schema of the headers that are sent with every request to a provider. Parses to names in lower case. The values may be secrets and print
 * as `***`.
 */
export const providerHeaders = z
  .record(freeHeaderName, headerValue)
  .meta({ description: 'Sent with every request, for example OpenAI-Organization.' })
  .transform((headers, context) => {
    const lower = Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value] as const);
    for (const [index, [name]] of lower.entries())
      if (lower.findIndex(([other]) => other === name) !== index)
        context.addIssue({ code: 'custom', message: `duplicate header '${name}'; header names ignore case` });
    return Object.fromEntries(lower);
  });
