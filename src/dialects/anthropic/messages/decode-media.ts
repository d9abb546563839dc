import { fieldsOf } from '../../../lib/record.ts';
import type { FileBlock, ImageBlock, Media, TextBlock } from '../../neutral/request.ts';
import { invalidField } from '../../../operations/generated-answer.ts';
import { stringAt } from './string-at.ts';
import { markOf } from './decode-mark.ts';

type Fields = Readonly<Record<string, unknown>>;

/** Reads an image. */
export function decodeImage(block: Fields, path: string): ImageBlock {
  return { kind: 'image', media: mediaOf(fieldsOf(block['source']), `${path}.source`), mark: markOf(block) };
}

/**
 * Reads a document: a file, or its own text with the title in front, or the blocks that it consists of. What it says of itself (`context`, `citations`)
 * is an extra of a file.
 */
export function decodeDocument(block: Fields, path: string): readonly (TextBlock | ImageBlock | FileBlock)[] {
  const { type: _type, source: member, title, cache_control: _mark, ...rest } = block;
  const source = fieldsOf(member);
  const mark = markOf(block);
  const name = typeof title === 'string' ? title : undefined;
  if (source['type'] === 'text') return [titledText(name, { text: stringAt(source, 'data', `${path}.source`), mark })];
  if (source['type'] === 'content') return contentParts(source['content'], { name, mark, path });
  const extras = Object.keys(rest).length === 0 ? undefined : rest;
  return [{ kind: 'file', media: mediaOf(source, `${path}.source`), name, extras, mark }];
}

function titledText(title: string | undefined, { text, mark }: Pick<TextBlock, 'text' | 'mark'>): TextBlock {
  return { kind: 'text', text: title === undefined ? text : `${title}\n${text}`, mark };
}

interface ContentParts extends Pick<TextBlock, 'mark'> {
  readonly name: string | undefined;
  readonly path: string;
}

function contentParts(content: unknown, { name, mark, path }: ContentParts): readonly (TextBlock | ImageBlock)[] {
  if (typeof content === 'string') return [titledText(name, { text: content, mark })];
  const parts: (TextBlock | ImageBlock)[] = name === undefined ? [] : [{ kind: 'text', text: name }];
  for (const [index, part] of (Array.isArray(content) ? content.map(fieldsOf) : []).entries()) {
    const at = `${path}.source.content.${index}`;
    if (part['type'] === 'image') parts.push(decodeImage(part, at));
    else parts.push({ kind: 'text', text: stringAt(part, 'text', at) });
  }
  const last = parts.at(-1);
  return last === undefined || mark === undefined ? parts : [...parts.slice(0, -1), { ...last, mark }];
}

function mediaOf(source: Fields, path: string): Media {
  switch (source['type']) {
    case 'base64':
      return {
        from: 'data',
        mediaType: stringAt(source, 'media_type', path).toLowerCase(),
        data: stringAt(source, 'data', path),
      };
    case 'url':
      return { from: 'url', url: stringAt(source, 'url', path) };
    case 'file':
      return { from: 'file', family: 'anthropic', id: stringAt(source, 'file_id', path) };
    default:
      throw invalidField(`${path}.type`, 'is not a type of source');
  }
}
