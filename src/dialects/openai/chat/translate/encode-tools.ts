import type { ProviderRequest } from '../../../neutral/api.ts';
import { FREEFORM_SCHEMA, freeformDescription } from '../../../neutral/freeform-tool.ts';
import type { NeutralRequest, Tool, ToolChoice } from '../../../neutral/request.ts';
import { descriptionOf } from '../../../neutral/tool-description.ts';
import { sentName } from '../../../neutral/tool-names.ts';

type Members = Readonly<Record<string, unknown>>;
type OwnTool = Exclude<Tool, { readonly kind: 'hosted' }>;

/** The tools of a request with the choice among them, as members of a body. Tools that a provider hosts are lost. */
export function encodeTools({ request, losses }: Pick<ProviderRequest, 'request' | 'losses'>): Members {
  const own: OwnTool[] = [];
  for (const tool of request.tools) {
    if (tool.kind !== 'hosted') own.push(tool);
    else if (tool.ranByClient) losses.refuse(`This entry's models do not know the tool '${tool.name}'.`);
    else losses.add(`tools.${tool.name}`, 'reported');
  }
  const { toolChoice, parallelToolCalls } = request;
  if (own.length === 0 && request.tools.length > 0)
    losses.refuse('This entry has none of the tools that the request consists of.');
  if (toolChoice?.value.kind === 'hosted') losses.refuse(`This entry has no tool '${toolChoice.value.name}'.`);
  // Servers refuse a choice among no tools.
  if (own.length === 0) return {};
  return {
    tools: own.map(toolOf),
    tool_choice: toolChoice && choiceOf(toolChoice.value, request),
    parallel_tool_calls: parallelToolCalls?.value,
  };
}

function toolOf(tool: OwnTool): object {
  const name = sentName(tool.name, tool.namespace);
  if (tool.kind === 'custom')
    return functionTool({ name, description: freeformDescription(tool), parameters: FREEFORM_SCHEMA });
  return functionTool({
    name,
    description: descriptionOf(tool),
    parameters: tool.schema ?? { type: 'object', properties: {} },
    strict: tool.strict ? true : undefined,
  });
}

function functionTool(fn: object): object {
  return { type: 'function', function: fn };
}

function choiceOf(choice: ToolChoice, request: NeutralRequest): unknown {
  switch (choice.kind) {
    case 'auto':
    case 'required':
    case 'none':
      return choice.kind;
    case 'tool':
      return functionTool({ name: sentName(choice.name, choice.namespace) });
    case 'allowed': {
      const tools = choice.names.map((name) => functionTool({ name: nameIn(request, name) }));
      return { type: 'allowed_tools', allowed_tools: { mode: choice.mode, tools } };
    }
    case 'hosted':
      return undefined;
  }
}

/** The name that a tool is sent by. */
function nameIn({ tools }: NeutralRequest, name: string): string {
  const tool = tools.find((each) => each.kind !== 'hosted' && each.name === name);
  return sentName(name, tool === undefined || tool.kind === 'hosted' ? undefined : tool.namespace);
}
