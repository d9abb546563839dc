import type { Extras } from './chat.ts';
import type { OtherType } from './other-type.ts';

/** A piece of text in a message. */
export interface TextBlockParam extends Extras {
  readonly type: 'text';
  readonly text: string;
}

/** The result of a tool that the model has called. */
export interface ToolResultBlockParam extends Extras {
  readonly type: 'tool_result';
  readonly tool_use_id: string;
  readonly content?: string | readonly ContentBlockParam[] | undefined;
  readonly is_error?: boolean | undefined;
}

/** A block of a message that is sent: text, a call, a result, or any other block of Anthropic's API (`image`, `document`, `thinking`). */
export type ContentBlockParam =
  | TextBlockParam
  | ToolResultBlockParam
  | (Extras & { readonly type: 'tool_use'; readonly id: string; readonly name: string; readonly input: unknown })
  | (Extras & { readonly type: string });

/** One message of a conversation, in Anthropic's roles. */
export interface MessageParam extends Extras {
  readonly role: 'user' | 'assistant' | 'system';
  readonly content: string | readonly ContentBlockParam[];
}

/** A tool: the client's own by its name and schema, or one of Anthropic's by its type. */
export interface MessagesTool extends Extras {
  readonly name?: string | undefined;
  readonly type?: string | null | undefined;
  readonly description?: string | undefined;
  /** A JSON schema. */
  readonly input_schema?: object | undefined;
}

/** What a request for a message and a request for its count have in common. */
export interface CountTokensInput extends Extras {
  /** A chain, an alias or `provider/model`; the default chain unless given. */
  readonly model?: string | undefined;
  readonly messages: readonly MessageParam[];
  readonly system?: string | readonly TextBlockParam[] | undefined;
  readonly tools?: readonly MessagesTool[] | undefined;
  readonly tool_choice?: (Extras & { readonly type: 'auto' | 'any' | 'tool' | 'none' }) | undefined;
  readonly thinking?: (Extras & { readonly type: string }) | undefined;
  readonly output_config?: Extras | undefined;
}

/**
 * A message's input, as Anthropic's API documents it. The gateway itself checks only `model`, `messages` and `stream`. The provider judges the
 * rest and receives all of it, including fields that are not named here. `Stream` is the value that `stream` may have; an input without
 * `stream` fits every procedure.
 */
export interface MessagesInput<Stream extends boolean = never> extends CountTokensInput {
  /** The largest number of tokens to generate. */
  readonly max_tokens: number;
  readonly stream?: Stream | null | undefined;
  readonly stop_sequences?: readonly string[] | undefined;
  readonly temperature?: number | undefined;
  readonly top_p?: number | undefined;
  readonly top_k?: number | undefined;
}

/** A block of an answer. Blocks of further types are present at run time. */
export type ContentBlock =
  | { readonly type: 'text'; readonly text: string; readonly citations?: readonly object[] | null | undefined }
  | { readonly type: 'thinking'; readonly thinking: string; readonly signature: string }
  | { readonly type: 'redacted_thinking'; readonly data: string }
  | {
      readonly type: 'tool_use';
      readonly id: string;
      readonly name: string;
      readonly input: Readonly<Record<string, unknown>>;
    }
  | { readonly type: OtherType };

/** Why an answer ended: `end_turn`, `max_tokens`, `stop_sequence`, `tool_use`, `pause_turn`, `refusal`, or a newer word. */
export type StopReason = string;

/** Numbers of tokens, as Anthropic's API reports them: `input_tokens` are those that no cache has. */
export interface MessageUsage {
  readonly input_tokens: number;
  readonly output_tokens: number;
  readonly cache_creation_input_tokens?: number | null | undefined;
  readonly cache_read_input_tokens?: number | null | undefined;
}

/** A whole message. Further fields of providers are present at run time, without a type. */
export interface Message {
  readonly id: string;
  readonly type: 'message';
  readonly role: 'assistant';
  readonly model: string;
  readonly content: readonly ContentBlock[];
  readonly stop_reason: StopReason | null;
  readonly stop_sequence: string | null;
  readonly usage: MessageUsage;
}

/** What a block of a stream grows by. */
export type ContentBlockDelta =
  | { readonly type: 'text_delta'; readonly text: string }
  | { readonly type: 'thinking_delta'; readonly thinking: string }
  | { readonly type: 'signature_delta'; readonly signature: string }
  | { readonly type: 'input_json_delta'; readonly partial_json: string }
  | { readonly type: OtherType };

/** An event of a streamed message. A failure is no event: it is thrown. */
export type MessageStreamEvent =
  | { readonly type: 'message_start'; readonly message: Message }
  | { readonly type: 'content_block_start'; readonly index: number; readonly content_block: ContentBlock }
  | { readonly type: 'content_block_delta'; readonly index: number; readonly delta: ContentBlockDelta }
  | { readonly type: 'content_block_stop'; readonly index: number }
  | {
      readonly type: 'message_delta';
      readonly delta: { readonly stop_reason: StopReason | null; readonly stop_sequence: string | null };
      readonly usage: {
        readonly output_tokens: number;
        readonly input_tokens?: number | null | undefined;
        readonly cache_creation_input_tokens?: number | null | undefined;
        readonly cache_read_input_tokens?: number | null | undefined;
      };
    }
  | { readonly type: 'message_stop' }
  | { readonly type: 'ping' }
  | { readonly type: OtherType };

/** The number of tokens that a request has as input. */
export interface TokenCount {
  readonly input_tokens: number;
}
