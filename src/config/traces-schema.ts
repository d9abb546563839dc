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
    link: z
      .string()
      .refine(isTraceLink, 'must be an http or https URL with {trace_id} in its path or query')
      .meta({
        description: 'Where a trace is shown, for the dashboard, for example https://tempo.example/trace/{trace_id}.',
      })
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

/** The place of the id in the URL of a trace. */
const TRACE_ID = '{trace_id}';

function isTraceLink(text: string): boolean {
  if (!text.includes(TRACE_ID)) return false;
  // Behind the host: the id must not choose another one.
  const url = URL.parse(text.replaceAll(TRACE_ID, ''));
  const other = URL.parse(text.replaceAll(TRACE_ID, '0'.repeat(32)));
  return (
    url !== null && /^https?:$/.test(url.protocol) && url.username + url.password === '' && url.origin === other?.origin
  );
}
