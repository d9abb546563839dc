import type { CompletionUsage, Extras } from './chat.ts';

/**
 * A completion's input, as OpenAI's API documents it; other fields pass through. `Stream` is the value that `stream` may have; an input without
 * `stream` fits every procedure.
 */
export interface CompletionsInput<Stream extends boolean = never> extends Extras {
  /** A chain, an alias or `provider/model`; the default chain unless given. */
  readonly model?: string | undefined;
  /** A text, several texts, or their tokens. */
  readonly prompt: string | readonly string[] | readonly number[] | readonly (readonly number[])[];
  readonly stream?: Stream | null | undefined;
  readonly stream_options?: (Extras & { readonly include_usage?: boolean | null | undefined }) | null | undefined;
  readonly suffix?: string | null | undefined;
  readonly max_tokens?: number | null | undefined;
  readonly temperature?: number | null | undefined;
  readonly top_p?: number | null | undefined;
  readonly n?: number | null | undefined;
  readonly best_of?: number | null | undefined;
  readonly echo?: boolean | null | undefined;
  readonly logprobs?: number | null | undefined;
  readonly stop?: string | readonly string[] | null | undefined;
  readonly seed?: number | null | undefined;
}

/** A completion: the whole of it, or one chunk of its stream. Further fields of providers are present at run time, without a type. */
export interface Completion {
  readonly id: string;
  readonly object: 'text_completion';
  readonly created: number;
  readonly model: string;
  readonly choices: readonly {
    readonly index: number;
    readonly text: string;
    /** Null in the chunks before a choice's last one. */
    readonly finish_reason: string | null;
  }[];
  readonly usage?: CompletionUsage | null | undefined;
}
