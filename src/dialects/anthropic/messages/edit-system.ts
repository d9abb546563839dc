import type { RequestBody } from '../../../domain/request-body.ts';
import { parseJson } from '../../../lib/parse-json.ts';
import { fieldsOf } from '../../../lib/record.ts';
import { mayHoldBillingLine, withoutBillingLine } from '../billing-line.ts';

/** The member `system` without billing lines, as JSON, or undefined where nothing is left of it. No member where it stays as it is. */
export function systemWithoutBilling(body: RequestBody): { readonly system?: string | undefined } {
  const json = body.jsonOf('system');
  if (json === undefined || !mayHoldBillingLine(json)) return {};
  const system = stripped(parseJson(json.toString('utf8')));
  return { system: system === undefined ? undefined : JSON.stringify(system) };
}

function stripped(system: unknown): unknown {
  if (typeof system === 'string') return textWithout(system);
  if (!Array.isArray(system)) return system;
  const blocks = system.flatMap((block: unknown) => {
    const { text } = fieldsOf(block);
    if (typeof text !== 'string') return [block];
    const rest = textWithout(text);
    return rest === undefined ? [] : [rest === text ? block : { ...fieldsOf(block), text: rest }];
  });
  return blocks.length === 0 ? undefined : blocks;
}

/** Undefined where only white space is left, which no API accepts as a block. */
function textWithout(text: string): string | undefined {
  const rest = withoutBillingLine(text);
  return rest !== text && rest.trim() === '' ? undefined : rest;
}
