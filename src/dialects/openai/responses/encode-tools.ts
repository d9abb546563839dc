import { isRecord } from '../../../lib/record.ts';
import type { Losses } from '../../neutral/losses.ts';
import type { Setting, Tool, ToolChoice } from '../../neutral/request.ts';
import { descriptionOf } from '../../neutral/tool-description.ts';
import { sentName } from '../../neutral/tool-names.ts';

const WEB_SEARCH = 'web_search';
/** Hosted tools of other families that this API has too, by the name that they have here. */
const COUNTERPARTS: ReadonlySet<string> = new Set([WEB_SEARCH]);
/** What a search of Anthropic's has here too, and what does not change its answer. */
const SENT_OF_SEARCH: ReadonlySet<string> = new Set([
  'type',
  'name',
  'cache_control',
  'allowed_domains',
  'user_location',
]);
const NO_PARAMETERS = { type: 'object', properties: {} };

/** Tools and a choice as the API takes them. */
export interface EncodedTools {
  readonly tools?: readonly object[];
  readonly tool_choice?: unknown;
}

/** Encodes the tools and the choice among them. A hosted tool without counterpart is reported; where no other tool is left, the entry is unsuited. */
export function encodeTools(
  tools: readonly Tool[],
  choice: Setting<ToolChoice> | undefined,
  losses: Losses,
): EncodedTools {
  const encoded = tools.flatMap((tool) => toolOf(tool, losses));
  const hosted = tools.filter((tool) => tool.kind === 'hosted');
  if (encoded.length === 0) {
    if (hosted.length > 0) losses.refuse(`This entry has no tool '${hosted[0]?.name ?? ''}'.`);
    return {};
  }
  const chosen = choice === undefined ? undefined : choiceOf(choice.value, tools, losses);
  return { tools: encoded, ...(chosen === undefined ? {} : { tool_choice: chosen }) };
}

function toolOf(tool: Tool, losses: Losses): readonly object[] {
  switch (tool.kind) {
    case 'function':
      return [functionOf(tool)];
    case 'custom': {
      const { name, namespace, description, format } = tool;
      return [{ type: 'custom', name: sentName(name, namespace), description, format }];
    }
    case 'hosted':
      return hostedOf(tool, losses);
  }
}

/** `strict` is always written, because its default is true here and false elsewhere. */
function functionOf(tool: Extract<Tool, { readonly kind: 'function' }>): object {
  const { name, namespace, schema = NO_PARAMETERS, strict, extras } = tool;
  const description = descriptionOf(tool);
  return {
    type: 'function',
    name: sentName(name, namespace),
    ...(description === undefined ? {} : { description }),
    parameters: schema,
    strict,
    ...(extras?.family === 'openai' ? extras.members : {}),
  };
}

function hostedOf(
  { family, name, ranByClient, value }: Extract<Tool, { readonly kind: 'hosted' }>,
  losses: Losses,
): readonly object[] {
  if (family === 'openai') return [value];
  if (COUNTERPARTS.has(name)) return [webSearch(value, losses)];
  if (ranByClient) losses.refuse(`This entry has no tool '${name}'.`);
  else losses.add(`tools.${name}`, 'reported');
  return [];
}

/** The search on the web, with the domains and the place that another vendor's search names. What else it names is reported. */
function webSearch(value: Readonly<Record<string, unknown>>, losses: Losses): object {
  const { allowed_domains: allowed, user_location: place } = value;
  losses.reportRest(`tools.${WEB_SEARCH}`, value, SENT_OF_SEARCH);
  return {
    type: WEB_SEARCH,
    ...(Array.isArray(allowed) && allowed.length > 0 ? { filters: { allowed_domains: allowed } } : {}),
    ...(isRecord(place) ? { user_location: place } : {}),
  };
}

function choiceOf(choice: ToolChoice, tools: readonly Tool[], losses: Losses): unknown {
  switch (choice.kind) {
    case 'auto':
    case 'required':
    case 'none':
      return choice.kind;
    case 'tool':
      return namedTool(choice.name, choice.namespace, tools);
    case 'allowed':
      return {
        type: 'allowed_tools',
        mode: choice.mode,
        tools: choice.names.map((name) => namedTool(name, undefined, tools)),
      };
    case 'hosted': {
      const tool = tools.find((each) => each.kind === 'hosted' && each.name === choice.name);
      if (tool?.kind === 'hosted' && tool.family === 'openai') return { type: tool.value['type'] };
      if (tool !== undefined && COUNTERPARTS.has(choice.name)) return { type: choice.name };
      losses.refuse(`This entry has no tool '${choice.name}'.`);
      return undefined;
    }
  }
}

function namedTool(name: string, namespace: string | undefined, tools: readonly Tool[]): object {
  const tool = tools.find((each) => each.name === name && each.kind !== 'hosted');
  const within = namespace ?? (tool?.kind === 'hosted' ? undefined : tool?.namespace);
  return { type: tool?.kind === 'custom' ? 'custom' : 'function', name: sentName(name, within) };
}
