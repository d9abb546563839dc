/** A value as text: JSON, a dash where there is none. */
export function showValue(value: unknown): string {
  return value === undefined || value === null ? '–' : typeof value === 'string' ? value : JSON.stringify(value);
}
