import type { UnsuitedCode } from '../../domain/outcome.ts';
/** Who made a piece of opaque reasoning. Only its maker can read it. */
export type Issuer = 'anthropic' | 'openai' | 'google' | 'bedrock' | 'unknown';

/** Reasoning that no one but its issuer can read: a signature, encrypted content, or redacted thinking. */
export interface Opaque {
  readonly issuer: Issuer;
  readonly value: string;
}

/** APIs whose members belong together: what one of them has no field for, another of its family may have. */
export type Family = 'openai' | 'anthropic';

/** Marks the end of a prefix that the provider is to cache. */
export interface CacheMark {
  readonly ttl?: '5m' | '1h' | undefined;
}

/** Where the bytes of an image, a file or a sound are. */
export type Media =
  /** `data`: base64. */
  | { readonly from: 'data'; readonly mediaType: string; readonly data: string }
  | { readonly from: 'url'; readonly url: string }
  /** A file that one vendor keeps. */
  | { readonly from: 'file'; readonly family: Family; readonly id: string };

interface Marked {
  readonly mark?: CacheMark | undefined;
}

/** Text of any role. */
export interface TextBlock extends Marked {
  readonly kind: 'text';
  readonly text: string;
}

/** Readable reasoning, and what its issuer signed it with. */
export interface ReasoningBlock {
  readonly kind: 'reasoning';
  readonly text: string;
  readonly opaque?: Opaque | undefined;
}

/** Reasoning that is only opaque. */
export interface RedactedBlock {
  readonly kind: 'redacted';
  readonly opaque: Opaque;
}

/** A call of one of the client's tools. */
export interface CallBlock extends Marked {
  readonly kind: 'call';
  readonly id: string;
  readonly name: string;
  readonly namespace?: string | undefined;
  /** As it came: JSON text, or the raw text of a freeform tool. */
  readonly input: string;
  readonly freeform: boolean;
  readonly opaque?: Opaque | undefined;
}

/** The result of a call. */
export interface ResultBlock extends Marked {
  readonly kind: 'result';
  /** The call's. */
  readonly id: string;
  readonly parts: readonly (TextBlock | ImageBlock | FileBlock)[];
  readonly error: boolean;
}

/** An image. */
export interface ImageBlock extends Marked {
  readonly kind: 'image';
  readonly media: Media;
  readonly detail?: string | undefined;
}

/** A document. */
export interface FileBlock extends Marked {
  readonly kind: 'file';
  readonly media: Media;
  readonly name?: string | undefined;
  /** What the API has beside it (`context`, `citations`), for the same family only. */
  readonly extras?: Readonly<Record<string, unknown>> | undefined;
}

/** A sound or a video. */
export interface SoundBlock {
  readonly kind: 'audio' | 'video';
  readonly media: Media;
  /** As the API names it: `wav`, `mp3`. */
  readonly format?: string | undefined;
}

/** The model declined in a member of its own. */
export interface RefusalBlock {
  readonly kind: 'refusal';
  readonly text: string;
}

/** What one API alone has: the items of hosted tools and the like. */
export interface ForeignBlock {
  readonly kind: 'foreign';
  readonly family: Family;
  readonly value: Readonly<Record<string, unknown>>;
  /** How a loss is reported, and what the loss of it means to the request. */
  readonly field: string;
  readonly loss: Loss;
}

/** A part of a turn. */
export type Block =
  | TextBlock
  | ReasoningBlock
  | RedactedBlock
  | CallBlock
  | ResultBlock
  | ImageBlock
  | FileBlock
  | SoundBlock
  | RefusalBlock
  | ForeignBlock;

/** One turn of a conversation. Results stand in user turns. */
export interface Turn {
  readonly role: 'system' | 'user' | 'assistant';
  readonly blocks: readonly Block[];
}

/**
 * What it means to a request when a target cannot carry one of its members. `silent`: nothing that the answer shows. `reported`: another answer, but still
 * one, so that `x-spillway-dropped` names the member. `unsuited`: a wrong answer, so that the target is not tried.
 */
export type Loss = 'silent' | 'reported' | 'unsuited';

/** A member of a request that has a counterpart in other APIs. */
export interface Setting<Value> {
  /** The client's own name for it, by which its loss is reported. */
  readonly field: string;
  readonly value: Value;
}

/** A member that only its own family has a counterpart for. */
export interface Extra extends Setting<unknown> {
  readonly family: Family;
  readonly loss: Loss;
}

/** A member that no other API can carry. */
export interface LostField {
  readonly field: string;
  readonly loss: Loss;
  /** Why an answer without it would be wrong, as a sentence, where its name does not say it. */
  readonly reason?: string | undefined;
  /** The error's code where no entry can take the request for it; `invalid_request` unless given. */
  readonly code?: UnsuitedCode | undefined;
}

/** A tool of the client's own, or one that the provider hosts. */
export type Tool =
  | (Marked & {
      readonly kind: 'function';
      readonly name: string;
      readonly namespace?: string | undefined;
      /** That of its namespace, where it has one. */
      readonly namespaceDescription?: string | undefined;
      readonly description?: string | undefined;
      /** JSON Schema; undefined for a tool without parameters. */
      readonly schema?: Readonly<Record<string, unknown>> | undefined;
      /** As it takes effect, whatever the API's default is. */
      readonly strict: boolean;
      /** Members that only one family has. */
      readonly extras?: { readonly family: Family; readonly members: Readonly<Record<string, unknown>> } | undefined;
    })
  | {
      readonly kind: 'custom';
      readonly name: string;
      readonly namespace?: string | undefined;
      readonly description?: string | undefined;
      /** A grammar, as the API writes it; undefined for any text. */
      readonly format?: Readonly<Record<string, unknown>> | undefined;
    }
  | {
      readonly kind: 'hosted';
      readonly family: Family;
      /** Its loss is reported as `tools.NAME`: the type without version and date. */
      readonly name: string;
      /** Whether the client runs it, by a schema that only the family's models know: no other model can call it. */
      readonly ranByClient: boolean;
      readonly value: Readonly<Record<string, unknown>>;
    };

/** Which tool the model may or must call. */
export type ToolChoice =
  | { readonly kind: 'auto' | 'required' | 'none' }
  | { readonly kind: 'tool'; readonly name: string; readonly namespace?: string | undefined }
  | { readonly kind: 'allowed'; readonly mode: 'auto' | 'required'; readonly names: readonly string[] }
  /** `name` as in the hosted tool. */
  | { readonly kind: 'hosted'; readonly name: string };

/** How much the model reasons. */
export interface Reasoning {
  /** `none`, `minimal`, `low`, `medium`, `high`, `xhigh`, `max`, or what the API will add. */
  readonly effort?: string | undefined;
  readonly budgetTokens?: number | undefined;
  /** The model decides how much, at most by its effort. */
  readonly adaptive?: boolean | undefined;
  readonly disabled?: boolean | undefined;
  /** Whether the client wants to read a summary: `auto`, `concise`, `detailed`. */
  readonly summary?: string | undefined;
}

/** The form of the answer's text. */
export type OutputFormat =
  | { readonly kind: 'json_object' }
  | {
      readonly kind: 'json_schema';
      readonly name: string;
      readonly description?: string | undefined;
      readonly schema: Readonly<Record<string, unknown>>;
      readonly strict: boolean;
    };

/**
 * A request for a generated answer, in no API's form. It holds what the client sent and no default of an API, but for `Tool.strict`. Members that are
 * undefined were not sent.
 */
export interface NeutralRequest {
  /** In order, system turns included. Consecutive turns may have the same role. */
  readonly turns: readonly Turn[];
  readonly tools: readonly Tool[];
  readonly toolChoice?: Setting<ToolChoice> | undefined;
  readonly parallelToolCalls?: Setting<boolean> | undefined;
  readonly maxOutputTokens?: Setting<number> | undefined;
  readonly temperature?: Setting<number> | undefined;
  readonly topP?: Setting<number> | undefined;
  readonly topK?: Setting<number> | undefined;
  readonly stop?: Setting<readonly string[]> | undefined;
  readonly seed?: Setting<number> | undefined;
  readonly presencePenalty?: Setting<number> | undefined;
  readonly frequencyPenalty?: Setting<number> | undefined;
  readonly reasoning?: Setting<Reasoning> | undefined;
  readonly format?: Setting<OutputFormat> | undefined;
  readonly verbosity?: Setting<string> | undefined;
  /** The end user, an opaque id. */
  readonly user?: Setting<string> | undefined;
  readonly extras: readonly Extra[];
  /** Losses that the reading itself has found: what no other API can carry. */
  readonly lost: readonly LostField[];
  readonly stream: boolean;
}
