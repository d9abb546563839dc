/** A line that begins as an object, where it is no field of an event: an event that has lost its `data: `, or misspells it. */
const OBJECT_LINE = /^\s*(?:(?:(?:data|event|id|retry)\s*)?:\s*)*\{/i;
/** What a line of an unknown field holds that may be JSON. The rest of a chunk that was cut still shows what it is. */
const OF_JSON = /"\s*[:,}\]]|[[{,:]\s*"|[{}]|^[^[]*\]/;
/** How a value begins that may be JSON. No name, id or time does, and few comments do. */
const BEGINS_JSON = /^\s*[{}[\],"]/;
const ENDS_JSON = /[}\]]\s*$/;
/** What any JSON of an answer holds, unless it is cut twice. */
const HOLDS_JSON = /\}|"(?:choices|delta|content|tool_calls)"/;
/** A field that event streams have, or a comment. */
const FIELD = /^(data|event|id|retry|)(?::\s*|$)/;

/** What a line is: a field or a comment, noise, or JSON that has lost its field. */
export type LineKind = 'field' | 'noise' | 'json';

/** The kind of a line of an event stream that is not blank. */
export function kindOfLine(line: string): LineKind {
  const [field, name] = FIELD.exec(line) ?? [];
  if (field === undefined) return OF_JSON.test(line) ? 'json' : 'noise';
  if (name === 'data') return 'field';
  const value = line.slice(field.length);
  return mayBeJson(value) || (name === '' && ENDS_JSON.test(value) && HOLDS_JSON.test(value)) ? 'json' : 'field';
}

/** Whether the value of a field other than `data` may be JSON. */
export function mayBeJson(value: string): boolean {
  return BEGINS_JSON.test(value) && HOLDS_JSON.test(value);
}

/** Whether a line of JSON is whole, so that it ends the event that it interrupts. */
export function beginsObject(line: string): boolean {
  return OBJECT_LINE.test(line);
}

/** A line of JSON without the comment's colon or the field before it. */
export function withoutField(line: string): string {
  return line.replace(FIELD, '');
}
