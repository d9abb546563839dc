import type { Dialect } from '../domain/chain.ts';
import type { Operation } from '../domain/operation.ts';
import type { OperationName } from '../operations/names.ts';
import type { Codec } from './codec.ts';
import { openaiChat } from './openai/chat/codec.ts';
import { openaiEmbeddings } from './openai/embeddings/codec.ts';

/** The codecs by the provider's dialect and the client's operation. */
const CODECS: Readonly<Record<Dialect, Readonly<Partial<Record<OperationName, Codec>>>>> = Object.freeze({
  openai: Object.freeze({ 'chat.completions': openaiChat, embeddings: openaiEmbeddings }),
  'openai-responses': Object.freeze({ embeddings: openaiEmbeddings }),
  anthropic: Object.freeze({}),
});

/** Finds the codec of an operation for a dialect. */
export type CodecOf = (operation: Operation, dialect: Dialect) => Codec;

/** The codec of an operation for a target's dialect. Throws a TypeError for an operation that is not in the table. */
export const codecOf: CodecOf = ({ name }, dialect) => {
  const codecs: Readonly<Record<string, Codec>> = CODECS[dialect];
  const codec = Object.hasOwn(codecs, name) ? codecs[name] : undefined;
  if (codec === undefined) throw new TypeError(`There is no codec of ${name} for the dialect ${dialect}.`);
  return codec;
};
