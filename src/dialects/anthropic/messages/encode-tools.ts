import { FREEFORM_SCHEMA, freeformDescription } from '../../neutral/freeform-tool.ts';
import type { Losses } from '../../neutral/losses.ts';
import type { NeutralRequest, Tool, ToolChoice } from '../../neutral/request.ts';
import { descriptionOf } from '../../neutral/tool-description.ts';
import { sentName } from '../../neutral/tool-names.ts';
import type { MessageTraits } from '../model-traits.ts';
import { controlOf } from './encode-turns.ts';
import { webSearchFor } from './encode-web-search.ts';

type Fields = Record<string, unknown>;

/** The tools of a request as the API takes them. */
export interface EncodedTools {
  /** Empty for none. */
  readonly tools: readonly Fields[];
  readonly choice: Fields | undefined;
  /** Whether the model must call a tool. */
  readonly forced: boolean;
}

/** Encodes the tools and the choice among them. */
export function encodeTools(
  request: NeutralRequest,
  traits: Pick<MessageTraits, 'webSearch'>,
  losses: Losses,
): EncodedTools {
  const { toolChoice, parallelToolCalls } = request;
  const choice: ToolChoice = toolChoice?.value ?? { kind: 'auto' };
  const hosted = hostedTools(request.tools, traits, losses);
  const tools = [...ownTools(request.tools, choice, losses), ...hosted.values()];
  if (choice.kind === 'hosted' && !hosted.has(choice.name))
    losses.refuse(`This entry has no tool '${choice.name}', which the request forces.`);
  const lost = request.tools.find((tool) => tool.kind === 'hosted' && !hosted.has(tool.name));
  if (tools.length === 0) {
    if (lost !== undefined) losses.refuse(`This entry has no tool '${lost.name}', and the request has no other.`);
    return { tools, choice: undefined, forced: false };
  }
  const isSerial = parallelToolCalls?.value === false && choice.kind !== 'none';
  const encoded = choiceOf(choice, hosted);
  return {
    tools,
    choice:
      toolChoice === undefined && !isSerial
        ? undefined
        : { ...encoded, ...(isSerial ? { disable_parallel_tool_use: true } : {}) },
    forced: encoded['type'] === 'any' || encoded['type'] === 'tool',
  };
}

/** The tools that Anthropic runs, by the names that the request has for them. Others are lost. */
function hostedTools(
  tools: readonly Tool[],
  { webSearch }: Pick<MessageTraits, 'webSearch'>,
  losses: Losses,
): ReadonlyMap<string, Fields> {
  const hosted = new Map<string, Fields>();
  // The API refuses two tools of one name.
  const taken = new Set(
    tools.map((tool) => (tool.kind === 'hosted' ? undefined : sentName(tool.name, tool.namespace))),
  );
  for (const tool of tools) {
    if (tool.kind !== 'hosted') continue;
    const counterpart = webSearch && !taken.has(tool.name) ? webSearchFor(tool, losses) : undefined;
    if (tool.family === 'anthropic') hosted.set(tool.name, { ...tool.value });
    else if (counterpart !== undefined) hosted.set(tool.name, counterpart);
    else if (tool.ranByClient) losses.refuse(`Only models of its vendor know the tool '${tool.name}'.`);
    else losses.add(`tools.${tool.name}`, 'reported');
  }
  return hosted;
}

function ownTools(tools: readonly Tool[], choice: ToolChoice, losses: Losses): readonly Fields[] {
  const allowed = choice.kind === 'allowed' ? new Set(choice.names) : undefined;
  return tools.flatMap((tool) =>
    tool.kind === 'hosted' || allowed?.has(tool.name) === false ? [] : [encodeTool(tool, losses)],
  );
}

function encodeTool(tool: Exclude<Tool, { readonly kind: 'hosted' }>, losses: Losses): Fields {
  const name = sentName(tool.name, tool.namespace);
  if (tool.kind === 'custom') return { name, description: freeformDescription(tool), input_schema: FREEFORM_SCHEMA };
  const { schema, strict, mark, extras } = tool;
  // A strict schema may not have everything that a schema has, and only so many tools may be strict.
  if (strict) losses.add('strict', 'reported');
  const description = descriptionOf(tool);
  return {
    name,
    ...(description === undefined ? {} : { description }),
    input_schema: { properties: {}, ...schema, type: 'object' },
    ...(extras?.family === 'anthropic' ? extras.members : {}),
    ...(mark === undefined ? {} : { cache_control: controlOf(mark) }),
  };
}

function choiceOf(choice: ToolChoice, hosted: ReadonlyMap<string, Fields>): Fields {
  switch (choice.kind) {
    case 'tool':
      return { type: 'tool', name: sentName(choice.name, choice.namespace) };
    case 'hosted':
      return { type: 'tool', name: hosted.get(choice.name)?.['name'] ?? choice.name };
    case 'allowed':
      return { type: choice.mode === 'required' ? 'any' : 'auto' };
    case 'required':
      return { type: 'any' };
    case 'auto':
    case 'none':
      return { type: choice.kind };
    // no default
  }
}
