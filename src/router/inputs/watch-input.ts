import { z } from 'zod';
import { MAX_NAME_LENGTH } from '../../config/resolve-models.ts';
import { WATCH_KINDS, type WatchInput } from '../../domain/watched-event.ts';
import { typed } from './fields.ts';

/** Most chains that one subscription may name. */
const MAX_WATCHED_CHAINS = 100;

/** What of all events is watched; every event unless given. */
export const watchInput = typed<WatchInput | undefined>(
  z
    .strictObject({
      chains: z
        .array(z.string().min(1).max(MAX_NAME_LENGTH))
        .min(1)
        .max(MAX_WATCHED_CHAINS)
        .optional()
        .meta({ description: 'Chains, aliases or provider/model; all that the key may use unless given.' }),
      kinds: z
        .array(
          z.enum(WATCH_KINDS, { error: ({ input }) => `there is no kind ${quoted(input)}; the kinds are ${KINDS}` }),
        )
        .min(1)
        .optional()
        .meta({ description: 'Kinds of events; all of them unless given.' }),
    })
    .optional(),
);

const KINDS = WATCH_KINDS.join(', ');

/** A value of an input as its error quotes it, cut to 100 characters. */
function quoted(value: unknown): string {
  return (JSON.stringify(value) ?? 'undefined').slice(0, 100);
}
