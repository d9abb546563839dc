import { GatewayError } from '../domain/errors.ts';
import type { ResponseItemList, ResponseItemListInput } from '../domain/responses.ts';
import { fieldsOf } from '../lib/record.ts';

/** Items of one page, as in OpenAI's API. */
const PAGE = 20;

/**
 * The part of a request's items that is asked for, the last item first unless `order` says otherwise. An item without an id is known by its
 * place. Throws `invalid_request` for an `after` that is not in the list.
 */
export function pageOfItems(
  input: readonly unknown[],
  { order = 'desc', limit = PAGE, after }: Omit<ResponseItemListInput, 'response_id'>,
): ResponseItemList {
  const all = input.map((item, at) => withId(fieldsOf(item), `item_${at}`));
  if (order === 'desc') all.reverse();
  const from = after === undefined ? 0 : indexBehind(all, after);
  const data = all.slice(from, from + limit);
  return {
    object: 'list',
    data,
    has_more: from + limit < all.length,
    first_id: data.at(0)?.id ?? null,
    last_id: data.at(-1)?.id ?? null,
  };
}

function withId(item: Readonly<Record<string, unknown>>, place: string): ResponseItemList['data'][number] {
  const { id } = item;
  return { ...item, id: typeof id === 'string' ? id : place };
}

function indexBehind(items: ResponseItemList['data'], id: string): number {
  const index = items.findIndex((item) => item.id === id);
  if (index !== -1) return index + 1;
  throw new GatewayError('invalid_request', { message: 'after: there is no item of that id', param: 'after' });
}
