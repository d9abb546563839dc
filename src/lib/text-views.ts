import { charactersOf, ESCAPE } from './escapes.ts';

/** A text as it reads once it is decoded, and where each of its characters comes from. */
export interface TextView {
  readonly text: string;
  /** Offset in the original text at which the character at `at` of this view begins. */
  readonly startOf: (at: number) => number;
  /** Offset in the original text behind the character at `at` of this view. */
  readonly endOf: (at: number) => number;
}

/** Escapes within escapes are decoded so many times: JSON in JSON, of a text in HTML. */
const MAX_LEVELS = 3;

/** The text itself, and the text as it reads once its escapes are decoded, once or several times. Linear in the text. */
export function viewsOf(text: string): readonly TextView[] {
  const views: TextView[] = [{ text, startOf: (at) => at, endOf: (at) => at + 1 }];
  for (let view = views[0]; view !== undefined && views.length <= MAX_LEVELS;) {
    view = decoded(view);
    if (view !== undefined) views.push(view);
  }
  return views;
}

/** A view of only the parts of a view that match a global pattern. */
export function only(view: TextView, pattern: RegExp): TextView {
  const builder = new ViewBuilder(view);
  for (const { 0: part, index } of view.text.matchAll(pattern)) builder.copy(index, index + part.length);
  return builder.view();
}

/** Undefined where nothing is escaped. */
function decoded(view: TextView): TextView | undefined {
  const { text } = view;
  let builder: ViewBuilder | undefined;
  let from = 0;
  for (const match of text.matchAll(ESCAPE)) {
    const { 0: escape, index, groups = {} } = match;
    const characters = charactersOf(escape, groups);
    if (characters === undefined) continue;
    builder ??= new ViewBuilder(view);
    builder.copy(from, index);
    let at = index;
    for (const { character, length } of characters) builder.add(character, at, (at += length));
    from = at;
  }
  builder?.copy(from, text.length);
  return builder?.view();
}

/** Builds a view over another one, piece by piece. Offsets are computed when they are needed, which is for the few places that were found. */
class ViewBuilder {
  readonly #source: TextView;
  /** Of each piece: its offset in this view and in the source, and its end in the source if it is one escape. */
  readonly #offsets: number[] = [];
  readonly #froms: number[] = [];
  readonly #ends: (number | undefined)[] = [];
  readonly #pieces: string[] = [];
  #length = 0;

  constructor(source: TextView) {
    this.#source = source;
  }

  /** Adds a character, or a surrogate pair, that stands for the source from `from` to before `to`. */
  add(character: string, from: number, to: number): void {
    this.#push(character, from, to);
  }

  /** Adds the source from `from` to before `to` as it is. */
  copy(from: number, to: number): void {
    if (to > from) this.#push(this.#source.text.slice(from, to), from, undefined);
  }

  view(): TextView {
    return {
      text: this.#pieces.join(''),
      startOf: (at) => this.#source.startOf(this.#place(at).first),
      endOf: (at) => this.#source.endOf(this.#place(at).last),
    };
  }

  #push(piece: string, from: number, end: number | undefined): void {
    this.#offsets.push(this.#length);
    this.#froms.push(from);
    this.#ends.push(end);
    this.#pieces.push(piece);
    this.#length += piece.length;
  }

  /** The first and the last character of the source that a character of this view stands for. */
  #place(at: number): { readonly first: number; readonly last: number } {
    let low = 0;
    let high = this.#offsets.length - 1;
    while (low < high) {
      const middle = Math.ceil((low + high) / 2);
      if ((this.#offsets[middle] ?? 0) <= at) low = middle;
      else high = middle - 1;
    }
    const from = this.#froms[low] ?? 0;
    const end = this.#ends[low];
    const copied = from + at - (this.#offsets[low] ?? 0);
    return end === undefined ? { first: copied, last: copied } : { first: from, last: end - 1 };
  }
}
