import { z } from 'zod';
import { Secret } from './secret.ts';
import { bodies } from './body-schema.ts';
import { durationWithin, size } from './units.ts';

const DAY_MS = 24 * 3600_000;
/** A row takes about 500 bytes. */
const LEAST_BUFFER = 64 * 1024;

/** Schema of the `log` section: the lines of the log, and the request log in the store. */
export const log = z.strictObject({
  vendorMessages: z
    .boolean()
    .meta({ description: 'Log the error messages of providers, which may quote prompts.' })
    .optional(),
  buffer: size
    .refine((bytes) => bytes >= LEAST_BUFFER, 'must be at least 64kb')
    .meta({ description: 'Most bytes of rows of the request log that wait for the store. Default: 50mb.' })
    .optional(),
  user: z
    .enum(['hash', 'plain', 'none'])
    .meta({ description: 'How the request log stores the end user that a request names. Default: hash.' })
    .optional(),
  retention: durationWithin(3600_000, 3650 * DAY_MS)
    .meta({ description: 'How long rows of the request log are kept, such as 30d. Default: 30d.' })
    .optional(),
  export: z
    .strictObject({
      otlp: z
        .url({ protocol: /^https?$/, error: 'must be an http or https URL' })
        .meta({
          description: 'Gets each row as a log record by OTLP/HTTP in JSON, such as http://collector:4318/v1/logs.',
        })
        // Of some receivers the path or the query is the secret.
        .transform((value) => new Secret(value))
        .optional(),
    })
    .optional(),
  maxRows: z
    .int()
    .min(1000)
    .max(1_000_000_000)
    .meta({ description: 'Most rows of the request log; the oldest are deleted. Default: 5000000.' })
    .optional(),
  bodies: bodies
    .meta({ description: 'Keeps bodies of requests and answers, redacted. Default: none are kept.' })
    .optional(),
  optOut: z
    .boolean()
    .meta({ description: 'Whether x-spillway-log: none keeps the bodies of a request out. Default: false.' })
    .optional(),
});
