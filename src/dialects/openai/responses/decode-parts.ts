import { fieldsOf, isRecord } from '../../../lib/record.ts';
import { mediaOfUrl } from '../../neutral/data-url.ts';
import type { Block, FileBlock, ImageBlock, Media, TextBlock } from '../../neutral/request.ts';

type Fields = Readonly<Record<string, unknown>>;

const PDF = 'application/pdf';

/** The blocks of a message's content: a text, or a list of parts. */
export function blocksOf(content: unknown): readonly Block[] {
  if (typeof content === 'string') return [{ kind: 'text', text: content }];
  return Array.isArray(content) ? content.flatMap((part) => blockOf(fieldsOf(part))) : [];
}

/** The blocks of a call's output: a text, a list of parts, or any other value as its JSON. */
export function outputBlocksOf(output: unknown): readonly (TextBlock | ImageBlock | FileBlock)[] {
  if (output === undefined || output === null) return [];
  if (typeof output !== 'string' && !Array.isArray(output)) return [{ kind: 'text', text: JSON.stringify(output) }];
  return blocksOf(output).flatMap((block) => {
    if (block.kind === 'text' || block.kind === 'image' || block.kind === 'file') return [block];
    return block.kind === 'refusal' ? [{ kind: 'text' as const, text: block.text }] : [];
  });
}

function blockOf(part: Fields): readonly Block[] {
  switch (part['type']) {
    case 'input_text':
    case 'output_text':
    case 'text':
    case 'summary_text':
    case 'reasoning_text':
      return typeof part['text'] === 'string' ? [{ kind: 'text', text: part['text'] }] : [];
    case 'refusal':
      return typeof part['refusal'] === 'string' ? [{ kind: 'refusal', text: part['refusal'] }] : [];
    case 'input_image':
    case 'computer_screenshot':
      return imageOf(part);
    case 'input_file':
      return fileOf(part);
    case 'input_audio':
      return soundOf(part);
    default:
      return [foreignPart(part)];
  }
}

function imageOf(part: Fields): readonly Block[] {
  const { image_url: url, file_id: id, detail } = part;
  const address = isRecord(url) ? url['url'] : url;
  const media = typeof address === 'string' ? mediaOfUrl(address) : keptFile(id);
  if (media === undefined) return [foreignPart(part)];
  return [{ kind: 'image', media, ...(typeof detail === 'string' ? { detail } : {}) }];
}

function fileOf(part: Fields): readonly Block[] {
  const { file_data: data, file_url: url, file_id: id, filename } = part;
  const media = fileMedia(data, url, id);
  if (media === undefined) return [foreignPart(part)];
  return [{ kind: 'file', media, ...(typeof filename === 'string' ? { name: filename } : {}) }];
}

function fileMedia(data: unknown, url: unknown, id: unknown): Media | undefined {
  if (typeof data === 'string')
    return data.startsWith('data:') ? mediaOfUrl(data) : { from: 'data', mediaType: PDF, data };
  return typeof url === 'string' ? mediaOfUrl(url) : keptFile(id);
}

function keptFile(id: unknown): Media | undefined {
  return typeof id === 'string' ? { from: 'file', family: 'openai', id } : undefined;
}

function soundOf(part: Fields): readonly Block[] {
  const { data, format } = fieldsOf(part['input_audio']);
  if (typeof data !== 'string') return [foreignPart(part)];
  const name = typeof format === 'string' ? format : 'wav';
  return [{ kind: 'audio', media: { from: 'data', mediaType: `audio/${name}`, data }, format: name }];
}

/** A part without which the answer would be another one. */
function foreignPart(part: Fields): Block {
  const type = typeof part['type'] === 'string' ? part['type'] : 'part';
  return { kind: 'foreign', family: 'openai', value: part, field: `input.${type}`, loss: 'unsuited' };
}
