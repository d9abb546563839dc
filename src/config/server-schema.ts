import { z } from 'zod';
import { MOST_WORKERS } from './most-workers.ts';
import { network } from './network.ts';
import { duration, size } from './units.ts';

/** An origin in the form in which browsers send it; any other form would never match. */
const origin = z.string().transform((text, context) => {
  const bare = text.toLowerCase().replace(/\/$/, '');
  if (/^[a-z][a-z0-9+.-]*:\/\/[^/\s?#@*]+$/.test(bare) && URL.canParse(bare))
    return /^https?:/.test(bare) ? new URL(bare).origin : bare;
  context.addIssue({ code: 'custom', message: 'must be an origin like https://app.example, without a path or *' });
  return z.NEVER;
});

/** The URL at which browsers find the gateway. */
const publicUrl = z
  .string()
  .superRefine((text, context) => {
    const url = URL.parse(text);
    if (url === null || !/^https?:$/.test(url.protocol))
      context.addIssue({ code: 'custom', message: 'must be an http or https URL like https://llm.example' });
    else if (url.username !== '' || url.password !== '' || url.search !== '' || url.hash !== '')
      context.addIssue({ code: 'custom', message: 'must have no user, password, query or fragment' });
  })
  .meta({
    description:
      'The URL at which browsers find the gateway. It decides whether the dashboard is reached by https. Default: what the connection and trusted proxies show.',
  })
  .optional();

const basePath = z
  .string()
  .transform((text) => text.replace(/\/+$/, ''))
  .refine((text) => /^(?:\/[\w.~-]+)*$/.test(text) && !/\/\.{1,2}(?:\/|$)/.test(text), {
    error: 'must be a path like /llm, of letters, digits and - . _ ~',
  });

/** A whole number of things. */
function count(most: number, description: string) {
  return z.number().int().min(1).max(most).meta({ description }).optional();
}

const jsonLimits = z
  .strictObject({
    members: count(1_000_000, 'Most members at the top level of a body. Default: 1000.'),
    values: count(10_000_000, 'Most values in a body, at all levels. Default: 200000.'),
    numbers: count(
      100_000_000,
      'Most numbers in a body for embeddings, where they do not count as values. Default: 500000.',
    ),
    depth: count(1000, 'Most levels of nesting in a body. Default: 200.'),
  })
  .meta({ description: 'Limits on the JSON of a request. A body that exceeds one is refused while it arrives.' });

/** Schema of the `server` section: where the server listens, its limits and its timeouts. */
export const server = z.strictObject({
  host: z.string().min(1, 'must not be empty').optional(),
  port: z.number().int().min(0).max(65_535).optional(),
  publicUrl,
  bodyLimit: size.meta({ description: 'Largest body of a request. Default: 32mb.' }).optional(),
  maxBodyMemory: size
    .meta({
      description:
        'Most bytes of all request bodies that are held at once; beyond it new ones get a 503. Never less than bodyLimit. Default: a quarter of the heap limit of Node.',
    })
    .optional(),
  jsonLimits: jsonLimits.optional(),
  headersTimeout: duration.meta({ description: 'Longest time for the head of a request. Default: 30s.' }).optional(),
  bodyTimeout: duration
    .meta({
      description: 'Longest pause within the body of a request. Default: 30s. The whole body may take 5 minutes.',
    })
    .optional(),
  keepAliveTimeout: duration
    .meta({ description: 'How long an idle connection is kept open. Default: 65s.' })
    .optional(),
  writeIdle: duration
    .meta({ description: 'How long a client may read nothing before it is disconnected. Default: 60s.' })
    .optional(),
  drainDelay: duration
    .meta({ description: 'How long new requests are still accepted after SIGTERM. Default: 5s.' })
    .optional(),
  drainTimeout: duration
    .meta({ description: 'How long running requests may take after the drain delay. Default: 25s.' })
    .optional(),
  cors: z.strictObject({ origins: z.array(origin) }).optional(),
  trustProxy: z
    .union([z.boolean(), z.array(network)], { error: 'write true, false, or a list of addresses and networks' })
    .meta({
      description:
        'Proxies whose X-Forwarded-For, -Proto and -Host are trusted: the client address in records, and by which unknown keys are counted; and whether browsers use https.',
    })
    .optional(),
  maxRequests: z
    .union([z.literal('auto'), z.int().min(1).max(1_000_000)], { error: 'must be auto, or a whole number from 1' })
    .meta({
      description:
        'How many requests run at once in this process; beyond it new ones get a 503. Default: auto, by the memory.',
    })
    .optional(),
  readyWhenFull: z
    .boolean()
    .meta({
      description: 'Whether /readyz stays 200 while as many requests run as may. Default: true.',
    })
    .optional(),
  basePath: basePath
    .meta({
      description:
        'Path below which the gateway is reached, such as /llm, where the proxy in front does not remove it. Requests without it are served as well. Default: none.',
    })
    .optional(),
  workers: z
    .union([z.number().int().min(1).max(MOST_WORKERS), z.literal('auto')], {
      error: `must be a number from 1 to ${MOST_WORKERS}, or auto`,
    })
    .meta({
      description:
        'Number of processes that serve, or auto: one for each processor, and at most one for each 512 MB of memory. Default: 1.',
    })
    .optional(),
  dashboard: z.boolean().meta({ description: 'Whether the dashboard is served, at /ui/. Default: true.' }).optional(),
});
