import type { Citation } from '../../neutral/block-event.ts';
import { type ItemPlace, type ItemStatus, WrittenItem } from './written-item.ts';

/** The part of a message that grows. */
interface OpenPart {
  readonly kind: 'text' | 'refusal';
  readonly at: string;
  /** JSON of a delta up to its text, which is its last member. */
  readonly before: string;
  text: string;
  readonly annotations: object[];
}

/** A message of the model: texts and refusals, one after the other. */
export class MessageItem extends WrittenItem {
  readonly #content: object[] = [];
  #part: OpenPart | undefined;

  constructor(place: ItemPlace) {
    super(place, 'msg');
    this.add({ id: this.id, type: 'message', status: 'in_progress', role: 'assistant', content: [] });
  }

  beginPart(kind: OpenPart['kind']): void {
    const at = `${this.at},"content_index":${this.#content.length}`;
    const before = kind === 'text' ? `${at},"logprobs":[],"delta":` : `${at},"delta":`;
    this.#part = { kind, at, before, text: '', annotations: [] };
    this.events.add('response.content_part.added', `${at},"part":`, partOf(this.#part));
  }

  delta(text: string): void {
    const part = this.#part;
    if (part === undefined) return;
    part.text += text;
    this.events.add(part.kind === 'text' ? 'response.output_text.delta' : 'response.refusal.delta', part.before, text);
  }

  cite({ url, title, start, end }: Citation): void {
    const part = this.#part;
    if (part?.kind !== 'text') return;
    const annotation = {
      type: 'url_citation',
      start_index: start ?? 0,
      end_index: end ?? part.text.length,
      url,
      title: title ?? '',
    };
    this.events.add(
      'response.output_text.annotation.added',
      `${part.at},"annotation_index":${part.annotations.length},"annotation":`,
      annotation,
    );
    part.annotations.push(annotation);
  }

  endPart(): void {
    const part = this.#part;
    if (part === undefined) return;
    const { kind, at, text } = part;
    const content = partOf(part);
    if (kind === 'text') this.events.add('response.output_text.done', `${at},"logprobs":[],"text":`, text);
    else this.events.add('response.refusal.done', `${at},"refusal":`, text);
    this.events.add('response.content_part.done', `${at},"part":`, content);
    this.#content.push(content);
    this.#part = undefined;
  }

  end(status: ItemStatus): object {
    this.endPart();
    return this.done({ id: this.id, type: 'message', status, role: 'assistant', content: this.#content });
  }
}

function partOf({ kind, text, annotations }: OpenPart): object {
  return kind === 'text'
    ? { type: 'output_text', text, annotations, logprobs: [] }
    : { type: 'refusal', refusal: text };
}
