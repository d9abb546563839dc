import { fieldsOf, isRecord } from '../../../lib/record.ts';
import type { Setting, Tool, ToolChoice } from '../../neutral/request.ts';
import { markOf } from './decode-mark.ts';
import { invalidField } from '../../../operations/generated-answer.ts';
import { stringAt } from './string-at.ts';

type Fields = Readonly<Record<string, unknown>>;

/** The date at the end of a hosted tool's type. */
const VERSION = /_\d{8}$/;
/** Hosted tools that the client runs, by a schema that only Claude knows. */
const RAN_BY_CLIENT = /^(?:bash|text_editor|memory|computer|browser)(?:_|$)/;

/** Reads the tools. */
export function decodeTools(value: unknown): readonly Tool[] {
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value)) throw invalidField('tools', 'must be a list');
  return value.map((tool: unknown, index) => {
    if (!isRecord(tool)) throw invalidField(`tools.${index}`, 'must be an object');
    return decodeTool(tool, `tools.${index}`);
  });
}

function decodeTool(tool: Fields, path: string): Tool {
  const { type, name: _name, description, input_schema: schema, strict, cache_control: _mark, ...members } = tool;
  if (typeof type === 'string' && type !== 'custom') {
    const name = nameOfType(type);
    return { kind: 'hosted', family: 'anthropic', name, ranByClient: RAN_BY_CLIENT.test(name), value: tool };
  }
  return {
    kind: 'function',
    name: stringAt(tool, 'name', path),
    description: typeof description === 'string' ? description : undefined,
    schema: isRecord(schema) ? schema : undefined,
    strict: strict === true,
    mark: markOf(tool),
    extras: Object.keys(members).length === 0 ? undefined : { family: 'anthropic', members },
  };
}

function nameOfType(type: string): string {
  return type.replace(VERSION, '');
}

/** What a request says of the choice of tools. */
export interface DecodedToolChoice {
  readonly toolChoice?: Setting<ToolChoice> | undefined;
  readonly parallelToolCalls?: Setting<boolean> | undefined;
}

/** Reads `tool_choice`. `tools`: as sent. */
export function decodeToolChoice(value: unknown, tools: unknown): DecodedToolChoice {
  if (value === undefined || value === null) return {};
  const fields = fieldsOf(value);
  const choice = choiceOf(fields, tools);
  return {
    toolChoice: { field: 'tool_choice', value: choice },
    ...(fields['disable_parallel_tool_use'] === true
      ? { parallelToolCalls: { field: 'tool_choice.disable_parallel_tool_use', value: false } }
      : {}),
  };
}

function choiceOf(choice: Fields, tools: unknown): ToolChoice {
  switch (choice['type']) {
    case 'auto':
      return { kind: 'auto' };
    case 'any':
      return { kind: 'required' };
    case 'none':
      return { kind: 'none' };
    case 'tool': {
      const name = stringAt(choice, 'name', 'tool_choice');
      const hosted = (Array.isArray(tools) ? tools.map(fieldsOf) : []).find(
        (tool) => tool['name'] === name && typeof tool['type'] === 'string' && tool['type'] !== 'custom',
      );
      return typeof hosted?.['type'] === 'string'
        ? { kind: 'hosted', name: nameOfType(hosted['type']) }
        : { kind: 'tool', name };
    }
    default:
      throw invalidField('tool_choice.type', 'must be auto, any, tool or none');
  }
}
