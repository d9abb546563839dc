import { z } from 'zod';
import { FAILS_OVER } from '../../domain/outcome.ts';
import {
  type RequestFilter,
  type RequestForgetInput,
  type RequestListInput,
  STATUS_CLASSES,
} from '../../domain/request-list.ts';
import { ID_TEXT } from '../../lib/time-ids.ts';
import { typed } from './fields.ts';

/** The longest name or label in a filter. */
const LONGEST_TEXT = 256;
const OUTCOMES = Object.keys(FAILS_OVER);

const text = (description: string) => z.string().min(1).max(LONGEST_TEXT).optional().meta({ description });

const instant = (description: string) =>
  z
    .union([z.iso.date(), z.iso.datetime({ offset: true })], {
      error: 'must be a date like 2026-11-30, or an instant like 2026-11-30T09:00:00Z',
    })
    .optional()
    .meta({ description });

const filters = {
  key: text('Only requests of the key of this id.'),
  tenant: text('Only requests of this tenant.'),
  chain: text('Only requests of this chain.'),
  provider: text('Only requests that this provider answered.'),
  model: text('Only requests that this model answered.'),
  operation: text('Only this procedure, such as chat.completions.create.'),
  status: z
    .enum(STATUS_CLASSES, { error: `must be one of ${STATUS_CLASSES.join(', ')}` })
    .optional()
    .meta({ description: 'Only this class of HTTP statuses.' }),
  code: text('Only this code: ok, or that of an error.'),
  failed: z.boolean().optional().meta({ description: 'true: only requests whose code is not ok; false: the others.' }),
  attempts_min: z.int().min(0).max(1000).optional().meta({ description: 'Only requests with so many attempts.' }),
  outcome: z
    .enum(OUTCOMES, { error: `must be one of ${OUTCOMES.join(', ')}` })
    .optional()
    .meta({ description: 'Only requests of which an attempt had this outcome.' }),
  ms_min: z.number().min(0).max(1e12).optional().meta({ description: 'Only requests that took so many milliseconds.' }),
  cost_min: z.number().min(0).max(1e6).optional().meta({ description: 'Only requests that cost so many US dollars.' }),
  user: text('Only requests that name this end user, as they name it or as the log shows it.'),
  tag: text('Only requests with this tag, such as team=search.'),
  request_id: text('Only requests of this id: the gateway’s own or the client’s.'),
  stream: z.boolean().optional().meta({ description: 'Only streams, or only other requests.' }),
};

const rowId = z.string().regex(ID_TEXT, 'must be an id of a row of the request log, such as r_6i0k3l2m00000');

/** Input of a page of the request log. */
export const requestListInput = typed<RequestListInput | undefined>(
  z
    .strictObject({
      from: instant('Only requests that ended then or later: a date (UTC), or an instant.'),
      to: instant('Only requests that ended before: a date (UTC), or an instant.'),
      before: rowId.optional().meta({ description: 'Requests older than the one of this id: `next` of a page.' }),
      after: rowId.optional().meta({ description: 'Requests newer than the one of this id, the nearest of them.' }),
      limit: z.int().min(1).max(200).optional().meta({ description: 'The most requests. Default: 50.' }),
      ...filters,
    })
    .optional(),
);

/** Which requests of those that end from now on are sent. */
export const requestTailInput = typed<RequestFilter | undefined>(z.strictObject(filters).optional());

/** Most ids of one call. */
const MOST_IDS = 1000;

/** Input that says which rows are deleted. */
export const requestForgetInput = typed<RequestForgetInput>(
  z
    .strictObject({
      user: text('Requests of this end user, as they name it or as the log shows it.'),
      key: text('Requests of the key of this id.'),
      tenant: text('Requests of this tenant.'),
      ids: z.array(rowId).min(1).max(MOST_IDS).optional().meta({ description: 'Ids of rows.' }),
      before: instant('Only requests that ended before: a date (UTC), or an instant. Default: now.'),
    })
    .refine(({ user, key, tenant, ids }) => [user, key, tenant, ids].filter((by) => by !== undefined).length === 1, {
      path: ['user'],
      message: 'send one of user, key, tenant and ids',
    })
    .meta({ id: 'RequestForgetRequest' }),
);

/** Input that names a request. */
export const requestIdInput = z.strictObject({
  id: z.string().min(1).max(128).meta({ description: 'The id of a row, or the id of a request.' }),
});
