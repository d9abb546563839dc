const WHOLE = new Intl.NumberFormat('en-US', { maximumFractionDigits: 0 });
const TENTHS = new Intl.NumberFormat('en-US', { minimumFractionDigits: 1, maximumFractionDigits: 1 });

/** A count, with separators. */
export function formatCount(count: number): string {
  return WHOLE.format(count);
}

const COMPACT = new Intl.NumberFormat('en-US', { notation: 'compact', maximumFractionDigits: 1 });

/** A count on an axis: from ten thousand on in thousands, `12.5K`. */
export function formatCompact(count: number): string {
  return count < 10_000 ? WHOLE.format(count) : COMPACT.format(count);
}

/** A rate per second: with one decimal below 10. */
export function formatRate(rate: number): string {
  return rate < 10 ? TENTHS.format(rate) : WHOLE.format(rate);
}

/** A rate as its number and its unit: by the minute where it is below one per second. */
export function splitRate(perSecond: number): { readonly value: string; readonly unit: '/s' | '/min' } {
  return perSecond >= 0.95 || perSecond === 0
    ? { value: perSecond === 0 ? '0' : formatRate(perSecond), unit: '/s' }
    : { value: formatRate(perSecond * 60), unit: '/min' };
}

/** A time as its number and its unit: milliseconds below 1 s, else seconds with two decimals. */
export function splitTime(ms: number): { readonly value: string; readonly unit: 'ms' | 's' } {
  if (ms >= 999.5) return { value: (ms / 1000).toFixed(2), unit: 's' };
  return { value: ms > 0 && ms < 10 ? TENTHS.format(ms) : WHOLE.format(ms), unit: 'ms' };
}

/** A time as text: `219 ms`, `3.02 s`. */
export function formatTime(ms: number): string {
  const { value, unit } = splitTime(ms);
  return `${value} ${unit}`;
}

/** A share as a percentage. What is below the whole is never shown as 100 %, and what is more than none never as 0 %. */
export function formatShare(share: number): string {
  const percent = share * 100;
  const decimals = percent > 99 && percent < 100 ? 2 : 1;
  const rounded = Number(percent.toFixed(decimals));
  if (share < 1 && rounded >= 100) return `>${(100 - 10 ** -decimals).toFixed(decimals)}`;
  if (share > 0 && rounded === 0) return '<0.1';
  return Number.isInteger(rounded) ? String(rounded) : percent.toFixed(decimals);
}

/** A duration in words, for what is left until an instant: `26 s`, `4 min`, `3 h`, `12 d`. */
export function formatLeft(ms: number): string {
  const seconds = Math.max(0, Math.ceil(ms / 1000));
  if (seconds < 120) return `${seconds} s`;
  const minutes = Math.ceil(seconds / 60);
  if (minutes < 120) return `${minutes} min`;
  const hours = Math.ceil(minutes / 60);
  return hours < 48 ? `${hours} h` : `${Math.ceil(hours / 24)} d`;
}
