import type { Tool } from './request.ts';

/** The description of a function for an API without namespaces: that of its namespace, then its own. Undefined where both are empty. */
export function descriptionOf({
  namespaceDescription,
  description,
}: Pick<Extract<Tool, { readonly kind: 'function' }>, 'namespaceDescription' | 'description'>): string | undefined {
  const texts = [namespaceDescription, description].filter((text) => text !== undefined && text !== '');
  return texts.length === 0 ? undefined : texts.join('\n\n');
}
