import { invalidField } from '../../../../operations/generated-answer.ts';
import { fieldsOf, isRecord } from '../../../../lib/record.ts';
import { mediaOfUrl } from '../../../neutral/data-url.ts';
import type { Block, CacheMark, Media } from '../../../neutral/request.ts';

type Fields = Readonly<Record<string, unknown>>;

/** The content of a message as blocks: a text, or a list of parts. `at`: its path. Throws `invalid_request` for anything else. */
export function blocksOf(content: unknown, at: string): Block[] {
  if (content === undefined || content === null) return [];
  if (typeof content === 'string') return [{ kind: 'text', text: content }];
  if (!Array.isArray(content)) throw invalidField(at, 'must be a string or a list of parts');
  return content.map((part: unknown, index) => blockOf(part, `${at}.${index}`));
}

/** What a `cache_control` marks; undefined without one. */
export function markOf({ cache_control: control }: Fields): CacheMark | undefined {
  if (!isRecord(control)) return undefined;
  const { ttl } = control;
  return ttl === '1h' || ttl === '5m' ? { ttl } : {};
}

function blockOf(part: unknown, at: string): Block {
  if (typeof part === 'string') return { kind: 'text', text: part };
  if (!isRecord(part)) throw invalidField(at, 'must be an object');
  const mark = markOf(part);
  switch (part['type']) {
    case 'text':
    case 'input_text':
    case 'output_text':
      return { kind: 'text', text: requiredText(part['text'], `${at}.text`), mark };
    case 'refusal':
      return { kind: 'refusal', text: requiredText(part['refusal'], `${at}.refusal`) };
    case 'image_url': {
      const { url, detail } = urlPart(part['image_url'], `${at}.image_url`);
      return { kind: 'image', media: mediaOfUrl(url), detail: typeof detail === 'string' ? detail : undefined, mark };
    }
    case 'video_url':
      return { kind: 'video', media: mediaOfUrl(urlPart(part['video_url'], `${at}.video_url`).url) };
    case 'input_audio':
      return audioOf(fieldsOf(part['input_audio']), `${at}.input_audio`);
    case 'file':
      return fileOf(fieldsOf(part['file']), { at: `${at}.file`, mark });
    default:
      // A part of some provider's own: without it the model would answer another question.
      return { kind: 'foreign', family: 'openai', value: part, field: at, loss: 'unsuited' };
  }
}

function urlPart(value: unknown, at: string): { readonly url: string; readonly detail?: unknown } {
  // Some clients send the address itself in place of the object.
  if (typeof value === 'string') return { url: value };
  const { url, detail } = fieldsOf(value);
  return { url: requiredText(url, `${at}.url`), detail };
}

function audioOf({ data, format }: Fields, at: string): Block {
  const sent = requiredText(data, `${at}.data`);
  const media = mediaOf(sent, `audio/${typeof format === 'string' ? format : 'wav'}`);
  return { kind: 'audio', media, format: typeof format === 'string' ? format : undefined };
}

function fileOf(
  { file_data: data, file_id: id, filename }: Fields,
  { at, mark }: { readonly at: string; readonly mark: CacheMark | undefined },
): Block {
  const name = typeof filename === 'string' ? filename : undefined;
  if (typeof id === 'string') return { kind: 'file', media: { from: 'file', family: 'openai', id }, name, mark };
  return { kind: 'file', media: mediaOf(requiredText(data, `${at}.file_data`), 'application/pdf'), name, mark };
}

/** What a URL names; the data of a text that is none, as base64 of this type. */
function mediaOf(text: string, mediaType: string): Media {
  return /^(?:https?|data):/i.test(text) ? mediaOfUrl(text) : { from: 'data', mediaType, data: text };
}

function requiredText(value: unknown, at: string): string {
  if (typeof value !== 'string') throw invalidField(at, value === undefined ? 'is missing' : 'must be a string');
  return value;
}
