import { memberOf } from '../../../../lib/record.ts';
import { unwrapOpaque, wrapOpaque } from '../../../neutral/opaque.ts';
import type { Opaque } from '../../../neutral/request.ts';

/** The opaque reasoning of a message, or of one of its calls: where Google's compatible API puts it. */
export function signatureOf(holder: unknown): Opaque | undefined {
  const text = memberOf(memberOf(memberOf(holder, 'extra_content'), 'google'), 'thought_signature');
  return typeof text === 'string' && text !== '' ? unwrapOpaque(text, 'google') : undefined;
}

/** The member `extra_content` that carries it. */
export function extraContentOf(opaque: Opaque): object {
  return { google: { thought_signature: wrapOpaque(opaque, 'google') } };
}
