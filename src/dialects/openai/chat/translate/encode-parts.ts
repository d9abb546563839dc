import type { Target } from '../../../../domain/chain.ts';
import { urlOfMedia } from '../../../neutral/data-url.ts';
import { documentText } from '../../../neutral/document-text.ts';
import type { Losses } from '../../../neutral/losses.ts';
import type { Block, FileBlock, ImageBlock, SoundBlock, TextBlock } from '../../../neutral/request.ts';

/** What parts are written with. */
export interface PartContext {
  readonly target: Target;
  readonly losses: Losses;
}

/** The vendor that reads `cache_control` on parts. */
const READS_MARKS = 'openrouter';
/** Presets of servers that keep a client's files by OpenAI's ids. */
const KEEPS_FILES: ReadonlySet<string | undefined> = new Set([undefined, 'openai', 'azure']);

/** A block of a user's turn as a part; undefined where it has none, which the losses say. */
export function partOf(block: Block, context: PartContext): object | undefined {
  switch (block.kind) {
    case 'text':
      return textPart(block, context);
    case 'refusal':
      return { type: 'text', text: block.text };
    case 'image':
      return imagePart(block, context);
    case 'file':
      return filePart(block, context);
    case 'audio':
    case 'video':
      return soundPart(block, context);
    case 'foreign':
      context.losses.add(block.field, block.loss);
      return undefined;
    // A user reasons and calls nothing, and results have messages of their own.
    case 'reasoning':
    case 'redacted':
    case 'call':
    case 'result':
      return undefined;
  }
}

/** Parts in the shortest form: one text without further members is a string. */
export function contentOf(parts: readonly object[]): string | readonly object[] {
  const [first] = parts;
  if (parts.length !== 1 || first === undefined || !('text' in first) || 'cache_control' in first) return parts;
  return typeof first.text === 'string' ? first.text : parts;
}

function textPart({ text, mark }: TextBlock, { target }: PartContext): object {
  if (mark === undefined || target.preset !== READS_MARKS) return { type: 'text', text };
  return { type: 'text', text, cache_control: { type: 'ephemeral', ...mark } };
}

function imagePart({ media, detail }: ImageBlock, { losses }: PartContext): object | undefined {
  if (media.from === 'file') return refused(losses, 'This entry takes no image by the id of a file.');
  return { type: 'image_url', image_url: { url: urlOfMedia(media), ...(detail === undefined ? {} : { detail }) } };
}

function filePart({ media, name }: FileBlock, { target, losses }: PartContext): object | undefined {
  if (media.from === 'url') return refused(losses, 'This entry takes no document by its URL.');
  if (media.from === 'data') {
    if (media.mediaType.startsWith('text/')) return { type: 'text', text: documentText(media.data, name) };
    const filename = name ?? (media.mediaType === 'application/pdf' ? 'document.pdf' : 'document');
    return { type: 'file', file: { filename, file_data: urlOfMedia(media) } };
  }
  if (media.family !== 'openai' || !KEEPS_FILES.has(target.preset))
    return refused(losses, 'This entry takes no document by the id of a file that another provider keeps.');
  return { type: 'file', file: { file_id: media.id } };
}

function soundPart({ kind, media, format }: SoundBlock, { losses }: PartContext): object | undefined {
  if (kind === 'video' || media.from !== 'data') return refused(losses, `This entry cannot take this ${kind}.`);
  const type = format ?? media.mediaType.slice(media.mediaType.indexOf('/') + 1);
  return { type: 'input_audio', input_audio: { data: media.data, format: type === 'mpeg' ? 'mp3' : type } };
}

function refused(losses: Losses, reason: string): undefined {
  losses.refuse(reason);
}
