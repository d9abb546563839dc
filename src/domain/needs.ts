/** A capability that some models lack. */
export type Capability = 'tools' | 'images' | 'jsonSchema';

/** What is in the body of a request, whatever its parameters are. */
export interface Content {
  readonly images: boolean;
  /** Whether it holds audio or asks for it; false unless given. */
  readonly audio?: boolean;
  /** Estimated tokens of the prompt. */
  readonly inputTokens: number;
  /** As in `Needs`. */
  readonly windowTokens?: number | undefined;
  /** The number of independent inputs, each of which has its own part of the answer; 1 where there is only one. */
  readonly inputs: number;
}

/** What a request requires of the entry that serves it. */
export interface Needs extends Readonly<Record<Capability, boolean>> {
  /** The top-level fields that the client sent with a value other than null, without those that every request has. */
  readonly parameters: readonly string[];
  /** Estimated tokens of the prompt. */
  readonly inputTokens: number;
  /** Estimated tokens that have to fit the context window: of the longest input, where a request has several; `inputTokens` unless given. */
  readonly windowTokens?: number | undefined;
  /** The most output tokens that the request allows, all choices together; 0 where it sets no bound. A whole number. */
  readonly outputTokens: number;
}
