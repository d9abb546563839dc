import { isRecord } from '../record.ts';
import type { AllowedValues, JsonType, Limits, SchemaNode } from './schema-node.ts';

/** What is wrong with a value by itself. */
export interface OwnProblem {
  readonly text: string;
  /** Its type is not allowed. */
  readonly byType?: true;
}

/** What is wrong with a value by the keywords of a schema that look neither into it nor at another schema; undefined where nothing is. */
export function ownProblemOf(
  { never, types, values, limits, required }: SchemaNode,
  value: unknown,
  sizes: Sizes,
): OwnProblem | undefined {
  if (never === true) return { text: 'is not allowed' };
  if (types !== undefined && !types.some((type) => isOfType(value, type)))
    return { text: `must be ${types.length === 1 ? '' : 'one of '}${types.join(', ')}`, byType: true };
  if (values !== undefined && !values.every((allowed) => isAllowed(allowed, value, sizes)))
    return { text: 'must be one of the values of enum or const' };
  const exceeded = limits && exceededLimit(limits, value, sizes);
  if (exceeded !== undefined) return { text: `breaks ${exceeded}` };
  if (required === undefined || !isRecord(value)) return undefined;
  const missing = required.find((name) => !Object.hasOwn(value, name));
  return missing === undefined ? undefined : { text: `lacks the required property '${missing}'` };
}

/** The sizes of large objects and texts of one value, so that each is counted once, however many schemas look at it. */
export class Sizes {
  readonly #known = new Map<unknown, number>();

  /** Number of members. */
  ofObject(value: Readonly<Record<string, unknown>>): number {
    return this.#of(value, () => Object.keys(value).length);
  }

  /** Number of code points, as JSON Schema counts. */
  ofText(text: string): number {
    return text.length < SHORT ? charactersOf(text) : this.#of(text, () => charactersOf(text));
  }

  #of(value: unknown, count: () => number): number {
    let size = this.#known.get(value);
    if (size === undefined) this.#known.set(value, (size = count()));
    return size;
  }
}

/** A shorter text is counted each time. */
const SHORT = 256;

/** About how much work a schema's own look at a value is, compared with that of a small schema. */
export function workOf({ properties, values }: SchemaNode): number {
  const compared = values?.reduce((sum, { compound }) => sum + compound.length, 0) ?? 0;
  return 1 + ((properties?.size ?? 0) >> 4) + compared;
}

function isAllowed({ plain, compound }: AllowedValues, value: unknown, sizes: Sizes): boolean {
  return plain.has(value) || compound.some((each) => isSame(each, value, sizes));
}

function isOfType(value: unknown, type: JsonType): boolean {
  switch (type) {
    case 'null':
      return value === null;
    case 'array':
      return Array.isArray(value);
    case 'object':
      return isRecord(value);
    case 'integer':
      return Number.isInteger(value);
    case 'boolean':
    case 'number':
    case 'string':
      return typeof value === type;
  }
}

/** Whether two values of JSON are equal, whatever the order of members. */
function isSame(one: unknown, other: unknown, sizes: Sizes): boolean {
  if (Array.isArray(one))
    return (
      Array.isArray(other) &&
      one.length === other.length &&
      one.every((each, index) => isSame(each, other[index], sizes))
    );
  if (!isRecord(one)) return one === other;
  const names = Object.keys(one);
  if (!isRecord(other) || sizes.ofObject(other) !== names.length) return false;
  return names.every((name) => Object.hasOwn(other, name) && isSame(one[name], other[name], sizes));
}

/** The keyword and the number of a limit that a value breaks; undefined where it breaks none. */
function exceededLimit(limits: Limits, value: unknown, sizes: Sizes): string | undefined {
  if (typeof value === 'number') return brokenBound(limits, value);
  if (typeof value === 'string') return brokenLength(limits, value, sizes);
  if (Array.isArray(value)) return brokenCount(value.length, limits, ['minItems', 'maxItems']);
  if (isRecord(value)) return brokenCount(sizes.ofObject(value), limits, ['minProperties', 'maxProperties']);
  return undefined;
}

/** How far a quotient of decimal fractions may be from a whole number, relative to its size. */
const ROUNDING = 1e-9;

function brokenBound(limits: Limits, value: number): string | undefined {
  const { minimum = -Infinity, maximum = Infinity, exclusiveMinimum, exclusiveMaximum, multipleOf } = limits;
  if (value < minimum) return `minimum ${minimum}`;
  if (value > maximum) return `maximum ${maximum}`;
  if (exclusiveMinimum !== undefined && value <= exclusiveMinimum) return `exclusiveMinimum ${exclusiveMinimum}`;
  if (exclusiveMaximum !== undefined && value >= exclusiveMaximum) return `exclusiveMaximum ${exclusiveMaximum}`;
  if (multipleOf === undefined) return undefined;
  const quotient = value / multipleOf;
  const isMultiple = Math.abs(quotient - Math.round(quotient)) <= ROUNDING * Math.max(1, Math.abs(quotient));
  return isMultiple ? undefined : `multipleOf ${multipleOf}`;
}

function brokenLength(limits: Limits, text: string, sizes: Sizes): string | undefined {
  const { minLength = 0, maxLength = Infinity } = limits;
  // A character has one or two units, so most lengths are known without counting.
  const isCertain = text.length >= 2 * minLength && text.length <= maxLength;
  return isCertain ? undefined : brokenCount(sizes.ofText(text), limits, ['minLength', 'maxLength']);
}

function charactersOf(text: string): number {
  let count = text.length;
  for (let at = 1; at < text.length; at++) {
    // oxlint-disable-next-line unicorn/prefer-code-point -- twice as slow, and only a pair of units is one character
    const isPair = (text.charCodeAt(at) & 0xfc_00) === 0xdc_00 && (text.charCodeAt(at - 1) & 0xfc_00) === 0xd8_00;
    if (isPair) count--;
  }
  return count;
}

function brokenCount(
  count: number,
  limits: Limits,
  [least, most]: readonly [keyof Limits, keyof Limits],
): string | undefined {
  const min = limits[least] ?? 0;
  const max = limits[most] ?? Infinity;
  if (count < min) return `${least} ${min}`;
  return count > max ? `${most} ${max}` : undefined;
}
