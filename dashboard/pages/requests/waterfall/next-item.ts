import type { Item } from './segment-items.ts';

/**
 * The item to which a key leads: Left and Right along the whole picture, Up and Down to the nearest one of the next lane that has any, Home and End,
 * `c` to the commit. Undefined where the key leads nowhere.
 */
export function nextItem(items: readonly Item[], from: Item, key: string): Item | undefined {
  const at = items.findIndex(({ id }) => id === from.id);
  switch (key) {
    case 'ArrowLeft':
      return items[at - 1];
    case 'ArrowRight':
      return items[at + 1];
    case 'ArrowUp':
      return nearest(items, from, Math.max(...items.map(({ lane }) => lane).filter((lane) => lane < from.lane)));
    case 'ArrowDown':
      return nearest(items, from, Math.min(...items.map(({ lane }) => lane).filter((lane) => lane > from.lane)));
    case 'Home':
      return items[0];
    case 'End':
      return items.at(-1);
    case 'c':
      return items.find(({ isCommit }) => isCommit);
    default:
      return undefined;
  }
}

function nearest(items: readonly Item[], { x }: Item, lane: number): Item | undefined {
  const [first, ...others] = items.filter((item) => item.lane === lane);
  return others.reduce<Item | undefined>(
    (best, item) => (best === undefined || Math.abs(item.x - x) < Math.abs(best.x - x) ? item : best),
    first,
  );
}
