import type { ClientApi } from '../../neutral/api.ts';
import { decodeCompletions } from './decode.ts';
import { TextWriter } from './text-writer.ts';

/** The older completions as a client requests them. */
export const completionsClient: ClientApi = Object.freeze({
  decode: decodeCompletions,
  writer: (context) => new TextWriter(context),
} satisfies ClientApi);
