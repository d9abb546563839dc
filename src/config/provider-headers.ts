import { z } from 'zod';
import { Secret } from './secret.ts';

/** Headers that are the transport's, ours, or would speak for the caller; `proxy-` and `sec-` headers beside them. */
const OURS: ReadonlySet<string> = new Set([
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

const headerName = z.string().superRefine((text, context) => {
  if (!/^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/.test(text))
    context.addIssue({ code: 'custom', message: 'a header name is letters, digits and -' });
  else if (OURS.has(text.toLowerCase()) || /^(?:proxy|sec)-/i.test(text))
    context.addIssue({ code: 'custom', message: `'${text.toLowerCase()}' cannot be set; it is the gateway's own` });
});

const headerValue = z
  .string()
  .regex(/^[!-~](?:[\t -~]*[!-~])?$/, 'must be visible ASCII, blanks only inside, without line breaks')
  .transform((value) => new Secret(value));

/** Headers that a provider wants with every request, their names in lower case. The values may be secrets and print as `***`. */
export const providerHeaders = z
  .record(headerName, headerValue)
  .meta({ description: 'Sent with every request, e.g. OpenAI-Organization.' })
  .transform((headers, context) => {
    const lower = Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value] as const);
    for (const [index, [name]] of lower.entries())
      if (lower.findIndex(([other]) => other === name) !== index)
        context.addIssue({ code: 'custom', message: `'${name}' stands here twice` });
    return Object.fromEntries(lower);
  });
