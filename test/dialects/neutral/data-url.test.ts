import { expect, test } from 'vitest';
import { mediaOfUrl, urlOfMedia } from '../../../src/dialects/neutral/data-url.ts';

test.each([
  ['data:image/png;base64,AAAA', { mediaType: 'image/png', data: 'AAAA' }],
  ['DATA:Image/PNG;charset=utf-8;Base64,AAAA', { mediaType: 'image/png', data: 'AAAA' }],
  // A common mistake.
  ['data:image/jpg;base64,AAAA', { mediaType: 'image/jpeg', data: 'AAAA' }],
  ['data:,a%20b', { mediaType: 'text/plain', data: Buffer.from('a b').toString('base64') }],
  ['data:text/plain,100%', { mediaType: 'text/plain', data: Buffer.from('100%').toString('base64') }],
])('%s is read as data', (url, media) => {
  expect(mediaOfUrl(url)).toEqual({ from: 'data', ...media });
});

test.each(['https://example.com/a,b.png', 'data:image/png', 'x'])('%s stays an address', (url) => {
  expect(mediaOfUrl(url)).toEqual({ from: 'url', url });
  expect(urlOfMedia({ from: 'url', url })).toBe(url);
});

test('data is written as a data URL that is read as the same data', () => {
  const media = { from: 'data', mediaType: 'application/pdf', data: 'AAAA' } as const;
  expect(mediaOfUrl(urlOfMedia(media))).toEqual(media);
});
