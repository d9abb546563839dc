import { urlOfMedia } from '../../neutral/data-url.ts';
import { documentText } from '../../neutral/document-text.ts';
import type { Losses } from '../../neutral/losses.ts';
import type { Block, FileBlock, ImageBlock, Media, ResultBlock } from '../../neutral/request.ts';

/** The part that a block of the user or of the developer is; none where it cannot be carried, which is then noted. */
export function inputPart(block: Block, losses: Losses): readonly object[] {
  switch (block.kind) {
    case 'text':
      return [{ type: 'input_text', text: block.text }];
    case 'refusal':
      return [{ type: 'input_text', text: block.text }];
    case 'image':
      return imagePart(block, losses);
    case 'file':
      return filePart(block, losses);
    case 'audio':
    case 'video':
      losses.refuse(`This entry takes no ${block.kind}.`);
      return [];
    case 'foreign':
      losses.add(block.field, block.loss);
      return [];
    case 'call':
    case 'result':
    case 'reasoning':
    case 'redacted':
      return [];
  }
}

/** The output of a call: a text, unless it holds images or files. */
export function outputOf(parts: ResultBlock['parts'], losses: Losses): string | readonly object[] {
  const texts = parts.flatMap((part) => (part.kind === 'text' ? [part.text] : []));
  return texts.length === parts.length ? texts.join('\n') : parts.flatMap((part) => inputPart(part, losses));
}

function imagePart({ media, detail = 'auto' }: ImageBlock, losses: Losses): readonly object[] {
  if (media.from !== 'file') return [{ type: 'input_image', image_url: urlOfMedia(media), detail }];
  const id = keptId(media, losses);
  return id === undefined ? [] : [{ type: 'input_image', file_id: id, detail }];
}

function filePart({ media, name }: FileBlock, losses: Losses): readonly object[] {
  if (media.from === 'url') return [{ type: 'input_file', file_url: media.url }];
  if (media.from === 'data') {
    if (media.mediaType.startsWith('text/')) return [{ type: 'input_text', text: documentText(media.data, name) }];
    const filename = name ?? `document.${media.mediaType.slice(media.mediaType.lastIndexOf('/') + 1)}`;
    return [{ type: 'input_file', filename, file_data: urlOfMedia(media) }];
  }
  const id = keptId(media, losses);
  return id === undefined ? [] : [{ type: 'input_file', file_id: id }];
}

function keptId({ family, id }: Extract<Media, { readonly from: 'file' }>, losses: Losses): string | undefined {
  if (family === 'openai') return id;
  losses.refuse('This entry cannot read a file that another vendor keeps.');
  return undefined;
}
