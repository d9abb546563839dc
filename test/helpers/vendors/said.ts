/** The APIs that providers speak, and their clients. */
export type Api = 'chat' | 'responses' | 'messages';

/** A call of a tool. */
export interface SaidCall {
  readonly id: string;
  readonly name: string;
  /** An object is sent as JSON. Text is the raw input of a tool that takes text; only the Responses API has such tools. */
  readonly input: object | string;
  /** The namespace of the tool; only the Responses API has it. */
  readonly namespace?: string;
}

/** What a scripted model says, in no API's form. The parts are sent in this order. */
export interface Said {
  readonly reasoning?: { readonly text: string; readonly signature: string };
  readonly text?: string;
  readonly calls?: readonly SaidCall[];
}

/**
 * How a scripted stream ends: `whole` unless given; `cut` closes the connection after the first pieces of text; `error` sends an error event
 * there in the API's form.
 */
export type Ending = 'whole' | 'cut' | 'error';

/** The tokens of every scripted answer. */
export const TOKENS = Object.freeze({ input: 30, output: 12 });

/** The JSON text of a call's input. */
export function jsonInput({ input }: SaidCall): string {
  return typeof input === 'string' ? input : JSON.stringify(input);
}

/** The text in two pieces. */
export function pieces(text: string): readonly string[] {
  const half = Math.ceil(text.length / 2);
  return [text.slice(0, half), text.slice(half)].filter((piece) => piece !== '');
}
