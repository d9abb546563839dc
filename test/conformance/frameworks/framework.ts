import type { ConfigInput } from '../../../src/config/schema.ts';
import type { Api } from '../../helpers/vendors/said.ts';

/** The weather in a city; what the tool of every conversation returns. */
export const weatherIn = (city: string): string => `Sunny in ${city}, 21 degrees.`;

/** A conversation with a client package. `base`: the gateway's address, without a path. */
export type Converse = (base: string) => Promise<string>;

/** A client package in use. Every function resolves with the text of the last answer, and rejects when the package raises. */
export interface Framework {
  /** The API that it speaks. */
  readonly api: Api;
  /** What the gateway's configuration needs for it. */
  readonly config?: Partial<ConfigInput>;
  /** The APIs of providers whose conversation it does not continue as it begins it: one request is refused, and it goes on in another way. */
  readonly beginsAnew?: readonly Api[];
  /** Streams one answer. */
  readonly streams: Converse;
  /** Gets one answer as JSON. */
  readonly asks: Converse;
  /** Streams an answer whose model calls the tool `get_weather`, runs it by `weatherIn`, and streams the answer to its result. */
  readonly calls: Converse;
  /** Gets one answer that follows a schema, an object with a `city`, and returns that city. */
  readonly parses: Converse;
}

/** The question of every conversation. */
export const QUESTION = 'What is the weather in Paris?';
