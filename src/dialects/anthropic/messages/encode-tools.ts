import { FREEFORM_SCHEMA, freeformDescription } from '../../neutral/freeform-tool.ts';
import type { Losses } from '../../neutral/losses.ts';
import type { NeutralRequest, Tool, ToolChoice } from '../../neutral/request.ts';
import { descriptionOf } from '../../neutral/tool-description.ts';
import { sentName } from '../../neutral/tool-names.ts';
import { controlOf } from './encode-turns.ts';

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
export function encodeTools(request: NeutralRequest, losses: Losses): EncodedTools {
  const { toolChoice, parallelToolCalls } = request;
  const choice: ToolChoice = toolChoice?.value ?? { kind: 'auto' };
  const tools = encodedTools(request, choice, losses);
  if (choice.kind === 'hosted' && !request.tools.some((tool) => isSentHosted(tool) && tool.name === choice.name))
    losses.refuse(`This entry has no tool '${choice.name}', which the request forces.`);
  if (tools.length === 0) return { tools, choice: undefined, forced: false };
  const isSerial = parallelToolCalls?.value === false && choice.kind !== 'none';
  const encoded = choiceOf(choice, request.tools);
  return {
    tools,
    choice:
      toolChoice === undefined && !isSerial
        ? undefined
        : { ...encoded, ...(isSerial ? { disable_parallel_tool_use: true } : {}) },
    forced: encoded['type'] === 'any' || encoded['type'] === 'tool',
  };
}

function encodedTools({ tools }: NeutralRequest, choice: ToolChoice, losses: Losses): readonly Fields[] {
  const allowed = choice.kind === 'allowed' ? new Set(choice.names) : undefined;
  const encoded: Fields[] = [];
  let lostHosted: string | undefined;
  for (const tool of tools) {
    if (tool.kind === 'hosted') {
      if (isSentHosted(tool)) encoded.push({ ...tool.value });
      else if (tool.ranByClient) losses.refuse(`Only models of its vendor know the tool '${tool.name}'.`);
      else {
        lostHosted = tool.name;
        losses.add(`tools.${tool.name}`, 'told');
      }
    } else if (allowed?.has(tool.name) ?? true) encoded.push(encodeTool(tool, losses));
  }
  if (encoded.length === 0 && lostHosted !== undefined)
    losses.refuse(`This entry has no tool '${lostHosted}', and the request has no other.`);
  return encoded;
}

function isSentHosted(tool: Tool): boolean {
  return tool.kind === 'hosted' && tool.family === 'anthropic';
}

function encodeTool(tool: Exclude<Tool, { readonly kind: 'hosted' }>, losses: Losses): Fields {
  const name = sentName(tool.name, tool.namespace);
  if (tool.kind === 'custom') return { name, description: freeformDescription(tool), input_schema: FREEFORM_SCHEMA };
  const { schema, strict, mark, extras } = tool;
  // A strict schema may not have everything that a schema has, and only so many tools may be strict.
  if (strict) losses.add('strict', 'told');
  const description = descriptionOf(tool);
  return {
    name,
    ...(description === undefined ? {} : { description }),
    input_schema: { properties: {}, ...schema, type: 'object' },
    ...(extras?.family === 'anthropic' ? extras.members : {}),
    ...(mark === undefined ? {} : { cache_control: controlOf(mark) }),
  };
}

function choiceOf(choice: ToolChoice, tools: readonly Tool[]): Fields {
  switch (choice.kind) {
    case 'tool':
      return { type: 'tool', name: sentName(choice.name, choice.namespace) };
    case 'hosted': {
      const tool = tools.find((each) => isSentHosted(each) && each.name === choice.name);
      return { type: 'tool', name: tool?.kind === 'hosted' ? (tool.value['name'] ?? choice.name) : choice.name };
    }
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
