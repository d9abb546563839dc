import { GEN_AI } from '../gen-ai.ts';

/** A value of an attribute. */
export type AttributeValue = string | number | boolean | readonly string[];

/** Attributes whose numbers may be fractions, times and money: they are doubles even where one is whole, so that an attribute has one type. */
const FRACTIONS: ReadonlySet<string> = new Set([
  GEN_AI.responseFirstChunk,
  'spillway.queued_ms',
  'spillway.committed_ms',
  'spillway.overhead_ms',
  'spillway.total_ms',
  'spillway.cost_usd',
]);

/** An attribute in OTLP's JSON. The name has no character that JSON escapes. */
export function attributeText(name: string, value: AttributeValue): string {
  return `{"key":"${name}","value":${valueText(name, value)}}`;
}

/** Several attributes in OTLP's JSON, as a list; those that are undefined are left out. */
export function attributesText(values: Readonly<Record<string, AttributeValue | undefined>>): string {
  let text = '';
  for (const [name, value] of Object.entries(values)) {
    if (value === undefined) continue;
    text += `${text === '' ? '' : ','}${attributeText(stringText(name).slice(1, -1), value)}`;
  }
  return `[${text}]`;
}

/** Printable ASCII without what JSON escapes. */
const PLAIN = /^[ !#-[\]-~]*$/;

/** A text in OTLP's JSON. Collectors refuse halves of surrogate pairs, which a text that was cut may have. */
export function stringText(value: string): string {
  // Twice as fast for most texts.
  return PLAIN.test(value) ? `"${value}"` : JSON.stringify(value.toWellFormed());
}

function valueText(name: string, value: AttributeValue): string {
  if (typeof value === 'string') return `{"stringValue":${stringText(value)}}`;
  if (typeof value === 'number') return numberText(name, value);
  if (typeof value === 'boolean') return `{"boolValue":${value}}`;
  return `{"arrayValue":{"values":[${value.map((each) => `{"stringValue":${stringText(each)}}`).join(',')}]}}`;
}

/** Clients and providers send any number. One that no JSON has becomes a value without content: a collector would refuse all that is sent with it. */
function numberText(name: string, value: number): string {
  // 64-bit integers are texts in JSON of Protocol Buffers.
  if (Number.isSafeInteger(value) && !FRACTIONS.has(name)) return `{"intValue":"${value}"}`;
  return Number.isFinite(value) ? `{"doubleValue":${value}}` : '{}';
}
