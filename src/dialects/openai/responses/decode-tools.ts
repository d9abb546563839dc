import { fieldsOf, isRecord, memberOf } from '../../../lib/record.ts';
import type { Tool, ToolChoice } from '../../neutral/request.ts';

type Fields = Readonly<Record<string, unknown>>;

/** The version or the date at the end of a hosted tool's type, and the mark of a preview. */
const VERSION = /(?:_preview)?(?:_\d{4}_\d{2}_\d{2}|_\d{8})?$/;
/** Tools that the client runs by a schema that only OpenAI's models know. */
const RAN_BY_CLIENT: ReadonlySet<string> = new Set(['computer', 'computer_use', 'shell', 'local_shell', 'apply_patch']);
/** Members of a function that no other family has. */
const FUNCTION_EXTRAS = ['defer_loading'] as const;

/** Decodes tools. Those of a namespace become tools of their own. What is no tool is left out. */
export function decodeTools(tools: unknown): readonly Tool[] {
  return Array.isArray(tools) ? tools.flatMap((tool) => toolsOf(fieldsOf(tool), {})) : [];
}

interface Namespace {
  readonly namespace?: string;
  readonly namespaceDescription?: string;
}

function toolsOf(tool: Fields, namespace: Namespace): readonly Tool[] {
  const { type, name, description, tools } = tool;
  if (typeof type !== 'string') return [];
  if (type === 'namespace') {
    if (typeof name !== 'string' || !Array.isArray(tools)) return [];
    const within = {
      namespace: name,
      ...(typeof description === 'string' ? { namespaceDescription: description } : {}),
    };
    // A namespace within another one is none of the API's.
    return tools.map(fieldsOf).flatMap((each) => (each['type'] === 'namespace' ? [] : toolsOf(each, within)));
  }
  if (type !== 'function' && type !== 'custom') return [hostedTool(type, tool)];
  if (typeof name !== 'string') return [];
  return [type === 'function' ? functionTool(name, tool, namespace) : customTool(name, tool, namespace)];
}

function functionTool(name: string, tool: Fields, namespace: Namespace): Tool {
  const { description, parameters, strict } = tool;
  const extras = Object.fromEntries(FUNCTION_EXTRAS.filter((key) => key in tool).map((key) => [key, tool[key]]));
  return {
    kind: 'function',
    name,
    ...namespace,
    ...(typeof description === 'string' ? { description } : {}),
    ...(isRecord(parameters) ? { schema: parameters } : {}),
    // The API's default.
    strict: strict !== false,
    ...(Object.keys(extras).length > 0 ? { extras: { family: 'openai', members: extras } } : {}),
  };
}

function customTool(name: string, { description, format }: Fields, { namespace }: Namespace): Tool {
  return {
    kind: 'custom',
    name,
    ...(namespace === undefined ? {} : { namespace }),
    ...(typeof description === 'string' ? { description } : {}),
    ...(isRecord(format) && format['type'] !== 'text' ? { format } : {}),
  };
}

function hostedTool(type: string, value: Fields): Tool {
  const name = hostedName(type);
  return { kind: 'hosted', family: 'openai', name, ranByClient: RAN_BY_CLIENT.has(name), value };
}

function hostedName(type: string): string {
  return type.replace(VERSION, '');
}

/** Decodes a choice; undefined for what is none. */
export function decodeToolChoice(choice: unknown): ToolChoice | undefined {
  if (choice === 'auto' || choice === 'required' || choice === 'none') return { kind: choice };
  if (!isRecord(choice)) return undefined;
  const { type, name, namespace } = choice;
  if (typeof type !== 'string') return undefined;
  if (type === 'allowed_tools') return allowedTools(choice);
  if (type !== 'function' && type !== 'custom') return { kind: 'hosted', name: hostedName(type) };
  if (typeof name !== 'string') return undefined;
  return { kind: 'tool', name, ...(typeof namespace === 'string' ? { namespace } : {}) };
}

function allowedTools({ mode, tools }: Fields): ToolChoice {
  const names = (Array.isArray(tools) ? tools : []).map((tool) => memberOf(tool, 'name'));
  return {
    kind: 'allowed',
    mode: mode === 'required' ? 'required' : 'auto',
    names: names.filter((name) => typeof name === 'string'),
  };
}
