import { type ItemPlace, WrittenItem } from './written-item.ts';

/** Reasoning: a summary of one part, none where it is only opaque, and what its issuer alone can read. */
export class ReasoningItem extends WrittenItem {
  readonly #at: string;
  readonly #before: string;
  #text = '';
  #hasPart = false;
  #encrypted: string | undefined;

  constructor(place: ItemPlace) {
    super(place, 'rs');
    this.#at = `${this.at},"summary_index":0`;
    this.#before = `${this.#at},"delta":`;
    this.add({ id: this.id, type: 'reasoning', summary: [] });
  }

  delta(text: string): void {
    this.beginPart();
    this.#text += text;
    this.events.add('response.reasoning_summary_text.delta', this.#before, text);
  }

  /** A summary without text shows that the reasoning could be read, and is only hidden. */
  beginPart(): void {
    if (this.#hasPart) return;
    this.#hasPart = true;
    this.events.add('response.reasoning_summary_part.added', `${this.#at},"part":{"type":"summary_text","text":""}`);
  }

  encrypted(value: string): void {
    this.#encrypted = value;
  }

  end(): object {
    const part = { type: 'summary_text', text: this.#text };
    if (this.#hasPart) {
      this.events.add('response.reasoning_summary_text.done', `${this.#at},"text":`, this.#text);
      this.events.add('response.reasoning_summary_part.done', `${this.#at},"part":`, part);
    }
    const item = { id: this.id, type: 'reasoning', summary: this.#hasPart ? [part] : [] };
    return this.done(this.#encrypted === undefined ? item : { ...item, encrypted_content: this.#encrypted });
  }
}
