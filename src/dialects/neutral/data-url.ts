import type { Media } from './request.ts';

/** The media at an address: the data of a data URL, else what the URL names. */
export function mediaOfUrl(address: string): Media {
  const comma = /^data:/i.test(address) ? address.indexOf(',') : -1;
  if (comma === -1) return { from: 'url', url: address };
  const [type = '', ...parameters] = address.slice('data:'.length, comma).split(';');
  const data = address.slice(comma + 1);
  const isBase64 = parameters.some((each) => each.trim().toLowerCase() === 'base64');
  return { from: 'data', mediaType: mediaTypeOf(type), data: isBase64 ? data : base64Of(data) };
}

/** The address of media: data as a data URL. */
export function urlOfMedia(media: Exclude<Media, { readonly from: 'file' }>): string {
  return media.from === 'url' ? media.url : `data:${media.mediaType};base64,${media.data}`;
}

function mediaTypeOf(sent: string): string {
  const type = sent.trim().toLowerCase();
  // The default of data URLs (RFC 2397).
  if (type === '') return 'text/plain';
  return type === 'image/jpg' ? 'image/jpeg' : type;
}

/** The base64 of percent-encoded data. */
function base64Of(encoded: string): string {
  try {
    return Buffer.from(decodeURIComponent(encoded)).toString('base64');
  } catch {
    return Buffer.from(encoded).toString('base64');
  }
}
