import type { GatewayError } from '../../domain/errors.ts';
import type { SseEvent } from '../../domain/stream-grammar.ts';
import type { Usage } from '../../domain/usage.ts';
import type { Family, Opaque } from './request.ts';

/** Why a model stopped. `refusal`: it declined. `filter`: a content filter cut it. `pause`: the provider paused a long turn. */
export type FinishReason =
  | 'stop'
  | 'stop_sequence'
  | 'tools'
  | 'length'
  | 'context_window'
  | 'refusal'
  | 'filter'
  | 'pause';

/** What begins a block of an answer. */
export type BlockStart =
  | { readonly kind: 'text' }
  | { readonly kind: 'reasoning' }
  | { readonly kind: 'redacted'; readonly opaque: Opaque }
  /** `name`: as the provider said it; the translation restores the client's own. */
  | {
      readonly kind: 'call';
      readonly id: string;
      readonly name: string;
      readonly namespace?: string | undefined;
      readonly freeform: boolean;
    }
  | { readonly kind: 'refusal' }
  | { readonly kind: 'foreign'; readonly family: Family; readonly value: object };

/** A place on the web that a text refers to. */
export interface Citation {
  readonly url: string;
  readonly title: string | undefined;
  /** Characters of the text, from 0; undefined where the API has none. */
  readonly start?: number | undefined;
  readonly end?: number | undefined;
}

/**
 * One event of an answer, in no API's form. `i` counts the answer's blocks from 0. Each block is opened once and closed once; other blocks may be opened
 * and grow in between. A delta is a piece of text, of reasoning, of a refusal, or of a call's input.
 */
export type BlockEvent =
  /** First, once. `model`: as the provider names it; `created`: seconds since the epoch. */
  | {
      readonly t: 'start';
      readonly id?: string | undefined;
      readonly model?: string | undefined;
      readonly created?: number | undefined;
      readonly serviceTier?: string | undefined;
    }
  | { readonly t: 'open'; readonly i: number; readonly block: BlockStart }
  | { readonly t: 'delta'; readonly i: number; readonly text: string }
  | { readonly t: 'opaque'; readonly i: number; readonly opaque: Opaque }
  | { readonly t: 'cite'; readonly i: number; readonly citation: Citation }
  | { readonly t: 'close'; readonly i: number }
  /** Last, once; open blocks end with it. */
  | {
      readonly t: 'finish';
      readonly reason: FinishReason;
      readonly stopSequence?: string | undefined;
      readonly stopDetails?: unknown;
    };

/**
 * Reads the events of one stream of a provider, or one whole answer, as block events. What they mean for the commit and the end of the stream, and their usage, is
 * its grammar's business.
 */
export interface AnswerReader {
  /** The block events of the data of one event that the grammar shows, or of the end mark. `name`: the event's. */
  read(value: unknown, name: string | undefined): readonly BlockEvent[];
  /** The block events that are left where the stream is complete. */
  end(): readonly BlockEvent[];
}

/** Writes one answer in the client's API. */
export interface AnswerWriter {
  /** The events that a block event becomes, in order. */
  write(event: BlockEvent): readonly SseEvent[];
  /** The usage so far; the last one counts. */
  usage(usage: Usage): void;
  /** The last events of a complete stream. */
  finish(): readonly SseEvent[];
  /** The whole answer as a JSON value, after `finish`. */
  whole(): object;
  /** The events that report a failure of a stream that has begun; undefined where the API's error event needs nothing of the stream. */
  failed?(error: GatewayError): readonly SseEvent[];
}
