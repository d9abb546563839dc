import { z } from 'zod';
import { BODY_REDACTIONS } from '../domain/body-rules.ts';
import { name } from './texts.ts';
import { durationWithin, size } from './units.ts';

const HOUR_MS = 3600_000;
const KB = 1024;
const MB = 1024 * KB;
/** Most patterns, and the longest, in characters. */
const MAX_PATTERNS = 32;
const LONGEST_PATTERN = 1000;

const pattern = z
  .string()
  .min(1, 'must not be empty')
  .max(LONGEST_PATTERN, `must have at most ${LONGEST_PATTERN} characters`)
  .superRefine((source, context) => {
    const message = problemOf(source);
    if (message !== undefined) context.addIssue({ code: 'custom', message });
  })
  .meta({ description: 'A regular expression with the flag u, whose matches are replaced; (?i:...) ignores case.' });

/** Why a text cannot be a pattern; undefined for one that can. How long a pattern takes is not known before it runs: bodies have a time limit. */
function problemOf(source: string): string | undefined {
  try {
    return new RegExp(source, 'u').test('') ? 'matches the empty text; it would match everywhere' : undefined;
  } catch (error) {
    // The message of the engine begins with the whole expression.
    const reason = error instanceof Error ? (error.message.split(': ').at(-1) ?? '').toLowerCase() : String(error);
    return `is not a regular expression: ${reason}`;
  }
}

/** Schema of `log.bodies`: which bodies of requests are kept, and what is redacted in them. */
export const bodies = z.strictObject({
  chains: z
    .array(name)
    .min(1, 'needs at least one chain')
    .meta({ description: 'Chains whose bodies are kept: chains, aliases or provider/model.' }),
  sample: z
    .number()
    .gt(0, 'must be above 0, at most 1')
    .max(1, 'must be above 0, at most 1')
    .meta({ description: 'The part of their requests: above 0, at most 1. Default: 0.01.' })
    .optional(),
  maxBytes: size
    .refine((bytes) => bytes >= KB && bytes <= MB, 'must be from 1kb to 1mb')
    .meta({ description: 'Most bytes that are kept of a request, and of its answer. Default: 64kb.' })
    .optional(),
  retention: durationWithin(HOUR_MS, 3650 * 24 * HOUR_MS)
    .meta({ description: 'How long bodies are kept, at most as long as their rows. Default: 7d.' })
    .optional(),
  buffer: size
    .refine((bytes) => bytes >= MB, 'must be at least 1mb')
    .meta({ description: 'Most bytes of bodies that are taken and not stored yet. Default: 16mb.' })
    .optional(),
  redact: z
    .array(
      z.union([z.enum(BODY_REDACTIONS), z.strictObject({ pattern })], {
        error: `write one of ${BODY_REDACTIONS.join(', ')}, or { pattern: '...' }`,
      }),
    )
    .max(MAX_PATTERNS, `must have at most ${MAX_PATTERNS} members`)
    .meta({ description: 'What is replaced in strings. Default: secrets, email, phone, card and iban.' })
    .optional(),
});
