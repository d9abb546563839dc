import { fieldsOf } from '../../../../lib/record.ts';
import type { Citation } from '../../../neutral/block-event.ts';

/** The citations of a message or delta. `before`: the characters of content before the text that they belong to. */
export function citationsOf(annotations: unknown, before: number): readonly Citation[] {
  if (!Array.isArray(annotations)) return [];
  const citations: Citation[] = [];
  for (const each of annotations) {
    const { url, title, start_index: start, end_index: end } = fieldsOf(fieldsOf(each)['url_citation']);
    if (typeof url !== 'string') continue;
    citations.push({
      url,
      title: typeof title === 'string' ? title : undefined,
      start: placeIn(start, before),
      end: placeIn(end, before),
    });
  }
  return citations;
}

function placeIn(index: unknown, before: number): number | undefined {
  return typeof index === 'number' && index >= before ? index - before : undefined;
}

/** The part of the content that a citation without places stands for, and where its text begins in the content. */
export interface CitedText {
  readonly start: number;
  readonly end: number;
}

/** A citation as an annotation, which has places in the whole content. */
export function annotationOf({ url, title, start, end }: Citation, text: CitedText): object {
  return {
    type: 'url_citation',
    url_citation: {
      url,
      title: title ?? '',
      start_index: text.start + (start ?? 0),
      end_index: end === undefined ? text.end : text.start + end,
    },
  };
}
