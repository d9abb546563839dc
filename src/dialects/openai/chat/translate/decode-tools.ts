import { invalidField } from '../../../../operations/generated-answer.ts';
import { fieldsOf, isRecord } from '../../../../lib/record.ts';
import type { Setting, Tool, ToolChoice } from '../../../neutral/request.ts';
import { markOf } from './decode-parts.ts';

type Fields = Readonly<Record<string, unknown>>;

/** The tools of a body's fields, with the functions of the older API. Throws `invalid_request` for one without a name. */
export function toolsOf({ tools, functions }: Fields): readonly Tool[] {
  const list: unknown[] = Array.isArray(tools) ? tools : [];
  const older: unknown[] = Array.isArray(functions) ? functions : [];
  return [
    ...list.map((tool, index) => toolOf(fieldsOf(tool), `tools.${index}`)),
    ...older.map((each, index) => functionOf(fieldsOf(each), `functions.${index}`)),
  ];
}

function toolOf(tool: Fields, at: string): Tool {
  const { type } = tool;
  if (type === 'custom') return customOf(fieldsOf(tool['custom']), `${at}.custom`);
  if (type === 'function' || type === undefined)
    return { ...functionOf(fieldsOf(tool['function']), `${at}.function`), mark: markOf(tool) };
  if (typeof type !== 'string') throw invalidField(`${at}.type`, 'must be a string');
  return { kind: 'hosted', family: 'openai', name: type, ranByClient: false, value: tool };
}

function functionOf(
  { name, description, parameters, strict }: Fields,
  at: string,
): Extract<Tool, { kind: 'function' }> {
  if (typeof name !== 'string') throw invalidField(`${at}.name`, 'must be a string');
  return {
    kind: 'function',
    name,
    description: typeof description === 'string' ? description : undefined,
    schema: isRecord(parameters) ? parameters : undefined,
    strict: strict === true,
  };
}

function customOf({ name, description, format }: Fields, at: string): Tool {
  if (typeof name !== 'string') throw invalidField(`${at}.name`, 'must be a string');
  return {
    kind: 'custom',
    name,
    description: typeof description === 'string' ? description : undefined,
    format: grammarOf(fieldsOf(format)),
  };
}

/** The grammar in the form of the newer API, where its members are not nested. */
function grammarOf({ type, grammar }: Fields): Fields | undefined {
  return type === 'grammar' ? { type, ...fieldsOf(grammar) } : undefined;
}

/** The choice among the tools; undefined where none is sent, or one in a form that no provider has. */
export function toolChoiceOf(fields: Fields): Setting<ToolChoice> | undefined {
  const { tool_choice: sent, function_call: older } = fields;
  const field = sent === undefined || sent === null ? 'function_call' : 'tool_choice';
  const choice = field === 'tool_choice' ? choiceOf(sent) : olderChoiceOf(older);
  return choice && { field, value: choice };
}

function choiceOf(sent: unknown): ToolChoice | undefined {
  if (typeof sent === 'string') return wordOf(sent);
  const choice = fieldsOf(sent);
  const { type } = choice;
  if (type === 'allowed_tools') return allowedOf(fieldsOf(choice['allowed_tools']));
  const name = nameOf(choice);
  if (name !== undefined) return { kind: 'tool', name };
  return typeof type === 'string' && type !== 'function' && type !== 'custom'
    ? (wordOf(type) ?? { kind: 'hosted', name: type })
    : undefined;
}

function wordOf(word: string): ToolChoice | undefined {
  if (word === 'auto' || word === 'none' || word === 'required') return { kind: word };
  // Mistral's and Anthropic's word.
  return word === 'any' ? { kind: 'required' } : undefined;
}

function allowedOf({ mode, tools }: Fields): ToolChoice {
  const list: unknown[] = Array.isArray(tools) ? tools : [];
  const names = list.map((tool) => nameOf(fieldsOf(tool))).filter((name) => name !== undefined);
  return { kind: 'allowed', mode: mode === 'required' ? 'required' : 'auto', names };
}

function nameOf({ type, function: fn, custom }: Fields): string | undefined {
  const { name } = fieldsOf(type === 'custom' ? custom : fn);
  return typeof name === 'string' ? name : undefined;
}

function olderChoiceOf(older: unknown): ToolChoice | undefined {
  if (typeof older === 'string') return wordOf(older);
  const { name } = fieldsOf(older);
  return typeof name === 'string' ? { kind: 'tool', name } : undefined;
}
