import { type KeyboardEvent, useRef, useState } from 'react';
import { copyText } from '../../../parts/copy-text.ts';
import type { Item } from './segment-items.ts';
import { nextItem } from './next-item.ts';

/** Which item of a picture is read, and how that changes. */
export interface ItemSelection {
  /** The item under the pointer, else the one that was focused or tapped last. */
  readonly shown: Item | undefined;
  /** The item that the Tab key reaches. */
  readonly selected: Item | undefined;
  readonly point: (id: string | null) => void;
  readonly select: (id: string) => void;
  /** Keeps the element of an item, so that keys can move the focus to it. */
  readonly keep: (id: string, element: SVGGElement | null) => void;
  readonly onKeyDown: (event: KeyboardEvent) => void;
}

/** Follows the pointer, the focus and the keys over the items. `first`: the one that is read at first. */
export function useItems(items: readonly Item[], first: Item | undefined): ItemSelection {
  const [selectedId, select] = useState<string | null>(null);
  const [pointedId, point] = useState<string | null>(null);
  const elements = useRef(new Map<string, SVGGElement>());
  const selected = items.find(({ id }) => id === selectedId) ?? first;
  const shown = items.find(({ id }) => id === pointedId) ?? selected;
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.ctrlKey || event.metaKey || event.altKey || selected === undefined) return;
    if (event.key === 'Enter' && shown !== undefined) {
      event.preventDefault();
      void copyText(`${shown.strong} ${shown.rest}`, 'Line');
      return;
    }
    const next = nextItem(items, selected, event.key);
    if (next === undefined) return;
    // `c` is a letter of the page's shortcuts too.
    if (event.key !== 'c') event.preventDefault();
    point(null);
    elements.current.get(next.id)?.focus();
  };
  return {
    shown,
    selected,
    point,
    select,
    keep: (id, element) => {
      if (element === null) elements.current.delete(id);
      else elements.current.set(id, element);
    },
    onKeyDown,
  };
}
