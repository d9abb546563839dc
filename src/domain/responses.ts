import type { Extras } from './chat.ts';
import type { OtherType } from './other-type.ts';

/** A part of a message that is sent: `input_text`, `input_image`, `input_file`, `output_text`, `refusal`, or a newer one. */
export interface ResponseContentPart extends Extras {
  readonly type: string;
}

/** A message of the conversation. */
export interface ResponseInputMessage extends Extras {
  readonly type?: 'message' | undefined;
  readonly role: 'user' | 'assistant' | 'system' | 'developer';
  readonly content: string | readonly ResponseContentPart[];
}

/** An item that is sent: a message, or any other item of OpenAI's API (`function_call_output`, `reasoning`, `item_reference`). */
export type ResponseInputItem =
  | ResponseInputMessage
  | (Extras & { readonly type: string })
  | (Extras & { readonly type?: 'item_reference' | null | undefined; readonly id: string });

/** What a request for a response and a request for its compaction have in common. */
export interface CompactInput extends Extras {
  /** A chain, an alias or `provider/model`; the default chain unless given. */
  readonly model?: string | undefined;
  readonly input?: string | readonly ResponseInputItem[] | null | undefined;
  readonly instructions?: string | null | undefined;
  readonly previous_response_id?: string | null | undefined;
}

/**
 * A response's input, as OpenAI's API documents it. The gateway itself checks only `model`, `input` and `stream`. The provider judges the rest
 * and receives all of it, including fields that are not named here. `Stream` is the value that `stream` may have; an input without `stream`
 * fits every procedure.
 */
export interface ResponsesInput<Stream extends boolean = never> extends CompactInput {
  readonly stream?: Stream | null | undefined;
  readonly max_output_tokens?: number | null | undefined;
  readonly temperature?: number | null | undefined;
  readonly top_p?: number | null | undefined;
  readonly reasoning?: Extras | null | undefined;
  readonly text?: Extras | undefined;
  readonly tools?: readonly (Extras & { readonly type: string })[] | undefined;
  readonly tool_choice?: string | object | undefined;
  readonly parallel_tool_calls?: boolean | null | undefined;
  readonly include?: readonly string[] | null | undefined;
  readonly store?: boolean | null | undefined;
  /** Answers at once; the response is generated without a connection, and is retrieved by its id. */
  readonly background?: boolean | null | undefined;
  readonly metadata?: Readonly<Record<string, string>> | null | undefined;
}

/** A part of a message in an answer. Parts of further types are present at run time. */
export type ResponseOutputPart =
  | { readonly type: 'output_text'; readonly text: string; readonly annotations: readonly object[] }
  | { readonly type: 'refusal'; readonly refusal: string }
  | { readonly type: OtherType };

/** An item of an answer. Items of further types are present at run time. */
export type ResponseItem =
  | {
      readonly type: 'message';
      readonly id: string;
      readonly role: 'assistant';
      readonly status: string;
      readonly content: readonly ResponseOutputPart[];
    }
  | {
      readonly type: 'reasoning';
      readonly id: string;
      readonly summary: readonly { readonly type: 'summary_text'; readonly text: string }[];
      readonly encrypted_content?: string | null | undefined;
    }
  | {
      readonly type: 'function_call';
      readonly id?: string | undefined;
      readonly call_id: string;
      readonly name: string;
      readonly namespace?: string | undefined;
      /** A JSON text. */
      readonly arguments: string;
    }
  | {
      readonly type: 'custom_tool_call';
      readonly id?: string | undefined;
      readonly call_id: string;
      readonly name: string;
      readonly namespace?: string | undefined;
      readonly input: string;
    }
  | { readonly type: OtherType };

/** Numbers of tokens, as OpenAI's API reports them for responses. */
export interface ResponseUsage {
  readonly input_tokens: number;
  readonly output_tokens: number;
  readonly total_tokens: number;
  readonly input_tokens_details?: { readonly cached_tokens: number } | undefined;
  readonly output_tokens_details?: { readonly reasoning_tokens: number } | undefined;
}

/** A response. Further fields of providers are present at run time, without a type. */
export interface Response {
  readonly id: string;
  readonly object: 'response';
  readonly created_at: number;
  readonly model: string;
  /** `completed` and `incomplete` end an answer; others occur in the events of a stream. */
  readonly status?: string | undefined;
  readonly output: readonly ResponseItem[];
  readonly error: { readonly code: string; readonly message: string } | null;
  readonly incomplete_details: { readonly reason?: string | undefined } | null;
  readonly usage?: ResponseUsage | null | undefined;
}

/** A compacted conversation: items to send in place of those that it was made of. */
export interface CompactedResponse {
  readonly id: string;
  readonly object: 'response.compaction';
  readonly created_at: number;
  readonly output: readonly ResponseItem[];
  readonly usage?: ResponseUsage | undefined;
}

/** Where in a response an event belongs. */
interface ItemPlace {
  readonly sequence_number: number;
  readonly item_id: string;
  readonly output_index: number;
}

/** An event of a streamed response. Events of further types are present at run time; a failure is no event: it is thrown. */
export type ResponseStreamEvent =
  | {
      readonly type: 'response.created' | 'response.in_progress' | 'response.completed' | 'response.incomplete';
      readonly sequence_number: number;
      readonly response: Response;
    }
  | {
      readonly type: 'response.output_item.added' | 'response.output_item.done';
      readonly sequence_number: number;
      readonly output_index: number;
      readonly item: ResponseItem;
    }
  | (ItemPlace & {
      readonly type: 'response.content_part.added' | 'response.content_part.done';
      readonly content_index: number;
      readonly part: ResponseOutputPart;
    })
  | (ItemPlace & {
      readonly type: 'response.output_text.delta' | 'response.refusal.delta' | 'response.reasoning_text.delta';
      readonly content_index: number;
      readonly delta: string;
    })
  | (ItemPlace & {
      readonly type: 'response.output_text.done';
      readonly content_index: number;
      readonly text: string;
    })
  | (ItemPlace & {
      readonly type: 'response.reasoning_summary_text.delta';
      readonly summary_index: number;
      readonly delta: string;
    })
  | (ItemPlace & {
      readonly type: 'response.function_call_arguments.delta' | 'response.custom_tool_call_input.delta';
      readonly delta: string;
    })
  | (ItemPlace & { readonly type: 'response.function_call_arguments.done'; readonly arguments: string })
  | (ItemPlace & { readonly type: 'response.custom_tool_call_input.done'; readonly input: string })
  | { readonly type: OtherType; readonly sequence_number: number };

/** A response that was removed. */
export interface ResponseDeleted {
  readonly id: string;
  readonly object: 'response.deleted';
  readonly deleted: true;
}

/** Which items of a response's own request are requested. */
export interface ResponseItemListInput {
  readonly response_id: string;
  /** `desc`, the last item first, unless given. */
  readonly order?: 'asc' | 'desc' | undefined;
  /** The largest number of items, 1 to 100; 20 unless given. */
  readonly limit?: number | undefined;
  /** The id behind which the part begins, in that order. */
  readonly after?: string | undefined;
}

/** A part of the items of a response's own request. */
export interface ResponseItemList {
  readonly object: 'list';
  readonly data: readonly (Extras & { readonly id: string })[];
  /** Whether items follow. */
  readonly has_more: boolean;
  /** Null in an empty list. */
  readonly first_id: string | null;
  readonly last_id: string | null;
}
