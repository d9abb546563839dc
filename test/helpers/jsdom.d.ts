// The part of jsdom that tests use. Its own types load those of browsers, which would hide the use of a browser's global in code for Node.
declare module 'jsdom' {
  /** An element of a page. */
  export interface PageElement {
    readonly textContent: string;
    append(element: PageElement): void;
    click(): void;
    querySelector(selector: string): PageElement | null;
    querySelectorAll(selector: string): Iterable<PageElement>;
  }

  /** A page, as a browser would show it. */
  export class JSDOM {
    constructor(html: string, options: { readonly url: string; readonly pretendToBeVisual: boolean });
    readonly window: {
      readonly document: { createElement(name: string): PageElement; readonly body: PageElement };
      readonly MutationObserver: new (notify: () => void) => {
        observe(element: PageElement, options: object): void;
        disconnect(): void;
      };
      readonly FormData: object;
      readonly HTMLIFrameElement: object;
    };
  }
}
