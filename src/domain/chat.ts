/**
 * Fields beyond the named ones, which are sent to the provider unchanged. The type is `any`, because TypeScript assigns no interface, and so
 * none of the types of OpenAI's SDK, to an index signature of `unknown`.
 */
export interface Extras {
  // oxlint-disable-next-line typescript/no-explicit-any -- see above
  readonly [field: string]: any;
}

/** A piece of text in a message. */
export interface ChatTextPart extends Extras {
  readonly type: 'text';
  readonly text: string;
}

/** A part of a user's message: text, an image, audio or a file. */
export type ChatContentPart =
  | ChatTextPart
  | (Extras & {
      readonly type: 'image_url';
      readonly image_url: { readonly url: string; readonly detail?: string | undefined };
    })
  | (Extras & {
      readonly type: 'input_audio';
      readonly input_audio: { readonly data: string; readonly format: string };
    })
  | (Extras & { readonly type: 'file'; readonly file: Extras });

/** A function call that the model made. */
export interface ChatToolCall {
  readonly id: string;
  readonly type: 'function';
  readonly function: { readonly name: string; readonly arguments: string };
}

type ChatText = string | readonly ChatTextPart[];
type ChatRefusalPart = Extras & { readonly type: 'refusal'; readonly refusal: string };

/** One message of a conversation, in OpenAI's roles. */
export type ChatMessage =
  | (Extras & { readonly role: 'system' | 'developer'; readonly content: ChatText })
  | (Extras & { readonly role: 'user'; readonly content: string | readonly ChatContentPart[] })
  | (Extras & {
      readonly role: 'assistant';
      readonly content?: string | readonly (ChatTextPart | ChatRefusalPart)[] | null | undefined;
      readonly tool_calls?: readonly (ChatToolCall | (Extras & { readonly type: 'custom' }))[] | undefined;
    })
  | (Extras & { readonly role: 'tool'; readonly content: ChatText; readonly tool_call_id: string })
  | (Extras & { readonly role: 'function'; readonly content: string | null; readonly name: string });

/** A tool that the model may call. */
export type ChatTool =
  | (Extras & {
      readonly type: 'function';
      readonly function: {
        readonly name: string;
        readonly description?: string | undefined;
        /** A JSON schema. */
        readonly parameters?: object | undefined;
        readonly strict?: boolean | null | undefined;
      };
    })
  | (Extras & { readonly type: 'custom' });

/**
 * A chat completion's input, as OpenAI's API documents it. The gateway itself checks only `model`, `messages`, `stream` and `stream_options`.
 * The provider judges the rest and receives all of it, including fields that are not named here. `Stream` is the value that `stream` may
 * have; an input without `stream` fits every procedure.
 */
export interface ChatInput<Stream extends boolean = never> extends Extras {
  /** A chain, an alias or `provider/model`; the default chain unless given. */
  readonly model?: string | undefined;
  /** Further chains, aliases or `provider/model`, at most 20, whose entries are tried after those of `model`. */
  readonly models?: readonly string[] | null | undefined;
  readonly messages: readonly ChatMessage[];
  readonly stream?: Stream | null | undefined;
  readonly stream_options?: (Extras & { readonly include_usage?: boolean | null | undefined }) | null | undefined;
  readonly max_completion_tokens?: number | null | undefined;
  readonly max_tokens?: number | null | undefined;
  readonly temperature?: number | null | undefined;
  readonly top_p?: number | null | undefined;
  readonly n?: number | null | undefined;
  readonly stop?: string | readonly string[] | null | undefined;
  readonly seed?: number | null | undefined;
  readonly frequency_penalty?: number | null | undefined;
  readonly presence_penalty?: number | null | undefined;
  readonly logprobs?: boolean | null | undefined;
  readonly top_logprobs?: number | null | undefined;
  readonly reasoning_effort?: string | null | undefined;
  readonly response_format?: (Extras & { readonly type: 'text' | 'json_object' | 'json_schema' }) | undefined;
  /**
   * The gateway's own: an answer that does not match the schema of `response_format` is not delivered, and at most `attempts` (2, at most 10)
   * further entries are tried after such answers.
   */
  readonly validate?: { readonly attempts?: number | undefined } | null | undefined;
  readonly tools?: readonly ChatTool[] | undefined;
  readonly tool_choice?: 'none' | 'auto' | 'required' | object | undefined;
  readonly parallel_tool_calls?: boolean | undefined;
  readonly user?: string | undefined;
}

/** Numbers of tokens, as OpenAI's API reports them. */
export interface CompletionUsage {
  readonly prompt_tokens: number;
  readonly completion_tokens: number;
  readonly total_tokens: number;
  readonly prompt_tokens_details?: { readonly cached_tokens?: number | undefined } | null | undefined;
  readonly completion_tokens_details?: { readonly reasoning_tokens?: number | undefined } | null | undefined;
  /** US dollars, null where that is unknown; with `x-spillway-include: cost`, and of a run. */
  readonly cost?: number | null | undefined;
}

/** A whole chat completion. Further fields of providers are present at run time, without a type. */
export interface ChatCompletion {
  readonly id: string;
  readonly object: 'chat.completion';
  readonly created: number;
  readonly model: string;
  readonly choices: readonly {
    readonly index: number;
    readonly message: {
      readonly role: 'assistant';
      readonly content: string | null;
      readonly refusal?: string | null | undefined;
      readonly reasoning_content?: string | null | undefined;
      readonly tool_calls?: readonly ChatToolCall[] | undefined;
    };
    readonly finish_reason: string;
  }[];
  readonly usage?: CompletionUsage | null | undefined;
}

/** One chunk of a streamed chat completion. */
export interface ChatCompletionChunk {
  readonly id: string;
  readonly object: 'chat.completion.chunk';
  readonly created: number;
  readonly model: string;
  readonly choices: readonly {
    readonly index: number;
    readonly delta: {
      readonly role?: string | undefined;
      readonly content?: string | null | undefined;
      readonly refusal?: string | null | undefined;
      readonly reasoning_content?: string | null | undefined;
      readonly tool_calls?:
        | readonly {
            readonly index: number;
            readonly id?: string | undefined;
            readonly type?: 'function' | undefined;
            readonly function?:
              | { readonly name?: string | undefined; readonly arguments?: string | undefined }
              | undefined;
          }[]
        | undefined;
    };
    readonly finish_reason?: string | null | undefined;
  }[];
  readonly usage?: CompletionUsage | null | undefined;
}
