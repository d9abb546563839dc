import type { NumberedEvents } from './numbered-events.ts';

/** How an item ends. */
export type ItemStatus = 'completed' | 'incomplete';

/** Where an item stands in its response. */
export interface ItemPlace {
  readonly events: NumberedEvents;
  readonly index: number;
  /** Of the ids of all items of the response. */
  readonly suffix: string;
}

/** An item of a response that is being written: it is added, grows, and is done. */
export abstract class WrittenItem {
  protected readonly events: NumberedEvents;
  protected readonly id: string;
  /** JSON of the members that say which item an event belongs to. */
  protected readonly at: string;
  readonly #index: number;

  protected constructor({ events, index, suffix }: ItemPlace, prefix: string) {
    this.events = events;
    this.id = `${prefix}_${suffix}_${index}`;
    this.at = `"item_id":"${this.id}","output_index":${index}`;
    this.#index = index;
  }

  protected add(item: object): void {
    this.events.add('response.output_item.added', `"output_index":${this.#index},"item":`, item);
  }

  /** Ends the item, and returns it as the response holds it. */
  protected done(item: object): object {
    this.events.add('response.output_item.done', `"output_index":${this.#index},"item":`, item);
    return item;
  }
}
