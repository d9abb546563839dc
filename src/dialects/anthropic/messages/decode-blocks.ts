import { fieldsOf, isRecord } from '../../../lib/record.ts';
import { unwrapOpaque } from '../../neutral/opaque.ts';
import type {
  Block,
  CallBlock,
  FileBlock,
  ImageBlock,
  Loss,
  ReasoningBlock,
  ResultBlock,
  TextBlock,
} from '../../neutral/request.ts';
import { TOOL_ADDITION } from './added-tools.ts';
import { decodeDocument, decodeImage } from './decode-media.ts';
import { markOf } from './decode-mark.ts';
import { invalidField } from '../../../operations/generated-answer.ts';
import { stringAt } from './string-at.ts';

type Fields = Readonly<Record<string, unknown>>;

/** Reads the content of a turn: a text, or a list of blocks. `path`: where it stands, for errors. */
export function decodeContent(content: unknown, path: string): readonly Block[] {
  if (typeof content === 'string') return [{ kind: 'text', text: content }];
  if (!Array.isArray(content)) throw invalidField(path, 'must be a string or a list of blocks');
  const blocks: Block[] = [];
  for (const [index, block] of content.entries()) {
    const at = `${path}.${index}`;
    if (!isRecord(block)) throw invalidField(at, 'must be an object');
    const last = blocks.at(-1);
    const signed = last?.kind === 'call' ? signatureOf(last, block) : undefined;
    if (signed === undefined) blocks.push(...decodeBlock(block, at));
    else blocks[blocks.length - 1] = signed;
  }
  return blocks;
}

function decodeBlock(block: Fields, path: string): readonly Block[] {
  switch (block['type']) {
    case 'text':
      return [{ kind: 'text', text: stringAt(block, 'text', path), mark: markOf(block) }];
    case 'image':
      return [decodeImage(block, path)];
    case 'document':
      return decodeDocument(block, path);
    case 'search_result':
      return searchResult(block, path);
    case 'thinking':
      return [decodeThinking(block)];
    case 'redacted_thinking':
      return [{ kind: 'redacted', opaque: unwrapOpaque(stringAt(block, 'data', path), 'anthropic') }];
    case 'tool_use':
      return [decodeCall(block, path)];
    case 'tool_result':
      return [decodeResult(block, path)];
    default:
      return [foreign(block, stringAt(block, 'type', path))];
  }
}

/** The items of hosted tools and the like. A file in a container is content, which no other API could reach. */
function foreign(value: Fields, type: string): Block {
  return {
    kind: 'foreign',
    family: 'anthropic',
    value,
    field: type,
    loss: lossOf(type),
  };
}

function lossOf(type: string): Loss {
  // A tool that is added is among the request's tools from its start on.
  if (type === TOOL_ADDITION) return 'silent';
  return type === 'container_upload' ? 'unsuited' : 'reported';
}

function decodeThinking({ thinking, signature }: Fields): ReasoningBlock {
  const opaque = typeof signature === 'string' && signature !== '' ? unwrapOpaque(signature, 'anthropic') : undefined;
  return { kind: 'reasoning', text: typeof thinking === 'string' ? thinking : '', opaque };
}

/**
 * The call with its signature, where the block behind it is the thinking block without text that the writer has made of the signature. Only other vendors
 * sign calls.
 */
function signatureOf(call: CallBlock, block: Fields): CallBlock | undefined {
  if (block['type'] !== 'thinking' || block['thinking'] !== '' || call.opaque !== undefined) return undefined;
  const { opaque } = decodeThinking(block);
  return opaque === undefined || opaque.issuer === 'anthropic' ? undefined : { ...call, opaque };
}

function decodeCall(block: Fields, path: string): CallBlock {
  return {
    kind: 'call',
    id: stringAt(block, 'id', path),
    name: stringAt(block, 'name', path),
    input: JSON.stringify(block['input'] ?? {}),
    freeform: false,
    mark: markOf(block),
  };
}

function decodeResult(block: Fields, path: string): ResultBlock {
  const { content } = block;
  return {
    kind: 'result',
    id: stringAt(block, 'tool_use_id', path),
    parts: content === undefined || content === null ? [] : resultParts(content, `${path}.content`),
    error: block['is_error'] === true,
    mark: markOf(block),
  };
}

function resultParts(content: unknown, path: string): readonly (TextBlock | ImageBlock | FileBlock)[] {
  if (typeof content === 'string') return content === '' ? [] : [{ kind: 'text', text: content }];
  if (!Array.isArray(content)) throw invalidField(path, 'must be a string or a list of blocks');
  return content.flatMap((part: unknown, index) => resultPart(fieldsOf(part), `${path}.${index}`));
}

function resultPart(part: Fields, path: string): readonly (TextBlock | ImageBlock | FileBlock)[] {
  switch (part['type']) {
    case 'text':
      return [{ kind: 'text', text: stringAt(part, 'text', path), mark: markOf(part) }];
    case 'image':
      return [decodeImage(part, path)];
    case 'document':
      return decodeDocument(part, path);
    case 'search_result':
      return searchResult(part, path);
    default:
      // A tool that was found (`tool_reference`), and what the API will add.
      return [{ kind: 'text', text: JSON.stringify(part) }];
  }
}

/** A search result as text: its title, its source and what was found. */
function searchResult(block: Fields, path: string): readonly TextBlock[] {
  const { title, source, content } = block;
  const head = [title, source].filter((each) => typeof each === 'string').join('\n');
  const texts = (Array.isArray(content) ? content.map(fieldsOf) : []).map((part, index) =>
    stringAt(part, 'text', `${path}.content.${index}`),
  );
  return [{ kind: 'text', text: [head, ...texts].join('\n'), mark: markOf(block) }];
}
