import { z } from 'zod';

/** What is checked of a chat completion's input: the parts that the gateway acts on. The vendor judges the rest, and gets all of it. */
export const chatInput = z.looseObject({
  model: z.string().min(1).optional(),
  messages: z.array(z.looseObject({ role: z.string() })).min(1),
  stream: z.boolean().nullish(),
  stream_options: z.looseObject({ include_usage: z.boolean().nullish() }).nullish(),
});

/** A chat completion's input; fields beyond these pass through. */
export type ChatInput = z.input<typeof chatInput>;

/** Tokens, as OpenAI's API counts them. */
export interface CompletionUsage {
  readonly prompt_tokens: number;
  readonly completion_tokens: number;
  readonly total_tokens: number;
}

/** A call of a tool, as the model made it. */
export interface ChatToolCall {
  readonly id: string;
  readonly type: 'function';
  readonly function: { readonly name: string; readonly arguments: string };
}

/** A whole chat completion. Vendors' further fields are there too, untyped. */
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
      readonly tool_calls?: readonly (Partial<Omit<ChatToolCall, 'function'>> & {
        readonly index: number;
        readonly function?: { readonly name?: string | undefined; readonly arguments?: string | undefined } | undefined;
      })[];
    };
    readonly finish_reason?: string | null | undefined;
  }[];
  readonly usage?: CompletionUsage | null | undefined;
}
