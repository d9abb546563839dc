import { fieldsOf } from '../../../lib/record.ts';
import type { Tool } from '../../neutral/request.ts';

type Fields = Readonly<Record<string, unknown>>;

/** The first version, which every Claude with a search has. */
const TYPE = 'web_search_20250305';
const NAME = 'web_search';

/** Anthropic's search on the web for OpenAI's, with the domains and the place that the request names; undefined for another hosted tool. */
export function webSearchFor({ family, name, value }: Extract<Tool, { readonly kind: 'hosted' }>): Fields | undefined {
  if (family !== 'openai' || name !== NAME) return undefined;
  const { filters, user_location: place } = value;
  const { allowed_domains: allowed } = fieldsOf(filters);
  return {
    type: TYPE,
    name: NAME,
    ...(Array.isArray(allowed) && allowed.length > 0 ? { allowed_domains: allowed } : {}),
    ...(fieldsOf(place)['type'] === 'approximate' ? { user_location: place } : {}),
  };
}
