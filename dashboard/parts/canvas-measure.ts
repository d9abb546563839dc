import type { MeasureText } from './measure-text.ts';

/** A measure of texts of this size in pixels, in the font of an element. */
export function measureIn(element: Element, size: number): MeasureText {
  const context = document.createElement('canvas').getContext('2d');
  const family = getComputedStyle(element).fontFamily;
  return (text, isBold = false) => {
    // About, and rather too wide, where a browser gives no canvas.
    if (context === null) return text.length * size * 0.55;
    context.font = `${isBold ? 550 : 400} ${size}px ${family}`;
    return context.measureText(text).width;
  };
}
