import { z } from 'zod';
import { headerName, headerValue } from './provider-headers.ts';
import { Secret } from './secret.ts';

/** Schema of the `traces` section. */
export const traces = z
  .strictObject({
    url: z
      .url({ protocol: /^https?$/, error: 'must be an http or https URL' })
      .meta({ description: 'Gets the traces as OTLP over HTTP, for example http://collector:4318/v1/traces.' })
      // Of hosted collectors the path or the query may be the secret.
      .transform((value) => new Secret(value))
      .optional(),
    headers: z
      .record(headerName, headerValue)
      .meta({ description: 'Sent to the collector, for example authorization.' })
      .optional(),
    sample: z
      .number()
      .min(0)
      .max(1)
      .meta({ description: 'Share of the traces that begin here which are recorded: 0 to 1. Default: 1.' })
      .optional(),
    trustIncoming: z
      .boolean()
      .meta({ description: 'Continue the trace that a client sends. Default: true with a key, false without keys.' })
      .optional(),
  })
  .superRefine(({ url, headers, sample }, context) => {
    if (url !== undefined) return;
    for (const [name, value] of Object.entries({ headers, sample }))
      if (value !== undefined)
        context.addIssue({
          code: 'custom',
          path: [name],
          message: 'needs traces.url; without it the SDK of the process decides',
        });
  });
