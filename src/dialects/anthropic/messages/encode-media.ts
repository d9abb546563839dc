import type { FileBlock, ImageBlock } from '../../neutral/request.ts';

/** The beta of files that Anthropic keeps. */
export const FILES_BETA = 'files-api-2025-04-14';

type Fields = Readonly<Record<string, unknown>>;

/** Media types of images that the API takes; `image/jpg` is a common mistake. */
const IMAGES: Readonly<Record<string, string>> = Object.freeze({
  'image/jpeg': 'image/jpeg',
  'image/jpg': 'image/jpeg',
  'image/png': 'image/png',
  'image/gif': 'image/gif',
  'image/webp': 'image/webp',
});
const PDF = 'application/pdf';
/** Types of text in files beside `text/`. */
const TEXTS: ReadonlySet<string> = new Set([
  'application/json',
  'application/xml',
  'application/x-yaml',
  'application/yaml',
]);

/** An image, or why it cannot be sent. */
export function encodeImage({ media }: ImageBlock): Fields | string {
  if (media.from === 'url') return { type: 'image', source: { type: 'url', url: media.url } };
  if (media.from === 'file') return withFile('image', media) ?? 'An image is a file that another vendor keeps.';
  const type = Object.hasOwn(IMAGES, media.mediaType) ? IMAGES[media.mediaType] : undefined;
  if (type === undefined) return `This entry takes no images of type '${media.mediaType}'.`;
  return { type: 'image', source: { type: 'base64', media_type: type, data: media.data } };
}

/** A document, or why it cannot be sent. */
export function encodeFile({ media, name, extras }: FileBlock): Fields | string {
  const beside = { ...(name === undefined ? {} : { title: name }), ...extras };
  if (media.from === 'url') return { type: 'document', source: { type: 'url', url: media.url }, ...beside };
  if (media.from === 'file') {
    const block = withFile('document', media);
    return block === undefined ? 'A document is a file that another vendor keeps.' : { ...block, ...beside };
  }
  const { mediaType, data } = media;
  if (mediaType === PDF) return { type: 'document', source: { type: 'base64', media_type: PDF, data }, ...beside };
  const [type = ''] = mediaType.split(';');
  if (!type.startsWith('text/') && !TEXTS.has(type)) return `This entry takes no documents of type '${type}'.`;
  const text = Buffer.from(data, 'base64').toString('utf8');
  return { type: 'document', source: { type: 'text', media_type: 'text/plain', data: text }, ...beside };
}

function withFile(type: string, media: Extract<ImageBlock['media'], { readonly from: 'file' }>): Fields | undefined {
  return media.family === 'anthropic' ? { type, source: { type: 'file', file_id: media.id } } : undefined;
}
