import { fieldsOf, isRecord, memberOf } from '../../../lib/record.ts';
import type { Tool, ToolChoice } from '../../neutral/request.ts';

type Fields = Readonly<Record<string, unknown>>;

/** The version or the date at the end of a hosted tool's type, and the mark of a preview. */
const VERSION = /(?:_preview)?(?:_\d{4}_\d{2}_\d{2}|_\d{8})?$/;
/** Tools that the client runs by a schema that only OpenAI's models know. */
const RAN_BY_CLIENT: ReadonlySet<string> = new Set(['computer', 'computer_use', 'shell', 'local_shell', 'apply_patch']);
/**
 * The description of a namespace stands in front of that of each of its tools. Where that repeats more characters in one request, it stands in front of the
 * first tool alone, so that a long description of many tools does not become many times the request.
 */
const MAX_REPEATED_CHARS = 256 * 1024;
/** Members of a function that no other family has. */
const FUNCTION_EXTRAS = ['defer_loading'] as const;

/** Decodes tools. Those of a namespace become tools of their own. What is no tool is left out. */
export function decodeTools(tools: unknown): readonly Tool[] {
  if (!Array.isArray(tools)) return [];
  let left = MAX_REPEATED_CHARS;
  return tools.flatMap((each: unknown) => {
    const tool = fieldsOf(each);
    if (tool['type'] !== 'namespace') return toolsOf(tool, {});
    const { name, description, tools: all } = tool;
    if (typeof name !== 'string' || !Array.isArray(all)) return [];
    // A namespace within another one is none of the API's.
    const inside = all.map(fieldsOf).filter(({ type }) => type !== 'namespace');
    if (typeof description !== 'string') return inside.flatMap((one) => toolsOf(one, { namespace: name }));
    const repeated = description.length * (inside.length - 1);
    const inAll = repeated <= left;
    if (inAll) left -= repeated;
    return inside.flatMap((one, at) =>
      toolsOf(one, { namespace: name, ...(inAll || at === 0 ? { namespaceDescription: description } : {}) }),
    );
  });
}

interface Namespace {
  readonly namespace?: string;
  readonly namespaceDescription?: string;
}

function toolsOf(tool: Fields, namespace: Namespace): readonly Tool[] {
  const { type, name } = tool;
  if (typeof type !== 'string') return [];
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
