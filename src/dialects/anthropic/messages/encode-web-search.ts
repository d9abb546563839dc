import { fieldsOf } from '../../../lib/record.ts';
import type { Losses } from '../../neutral/losses.ts';
import type { Tool } from '../../neutral/request.ts';

type Fields = Readonly<Record<string, unknown>>;

/** The first version, which every Claude with a search has. */
const TYPE = 'web_search_20250305';
const NAME = 'web_search';

/** What a search of OpenAI's has here too. */
const SENT: ReadonlySet<string> = new Set(['type', 'filters', 'user_location']);
const SENT_FILTERS: ReadonlySet<string> = new Set(['allowed_domains']);
/** Members whose values say what is so without them. */
const DEFAULTS: Fields = { search_context_size: 'medium', external_web_access: true };

/**
 * Anthropic's search on the web for OpenAI's, with the domains and the place that the request names; undefined for another hosted tool. What
 * else the request says of the search is reported.
 */
export function webSearchFor(
  { family, name, value }: Extract<Tool, { readonly kind: 'hosted' }>,
  losses: Losses,
): Fields | undefined {
  if (family !== 'openai' || name !== NAME) return undefined;
  const { user_location: place } = value;
  const filters = fieldsOf(value['filters']);
  const { allowed_domains: allowed } = filters;
  const changed = Object.entries(value).filter(([key, member]) => DEFAULTS[key] !== member);
  losses.reportRest(`tools.${NAME}`, Object.fromEntries(changed), SENT);
  losses.reportRest(`tools.${NAME}.filters`, filters, SENT_FILTERS);
  return {
    type: TYPE,
    name: NAME,
    ...(Array.isArray(allowed) && allowed.length > 0 ? { allowed_domains: allowed } : {}),
    ...(fieldsOf(place)['type'] === 'approximate' ? { user_location: place } : {}),
  };
}
