import { type ReactElement, type ReactNode, useEffect, useId, useLayoutEffect, useRef } from 'react';
import { focusPage } from './focus-page.ts';

interface DialogProps {
  readonly title: string;
  readonly open: boolean;
  /** Called when it is closed: by Esc, by its button, or by the page. */
  readonly onClose: () => void;
  readonly children: ReactNode;
}

/** A modal dialog. The browser keeps the focus within it, and gives it back. Its content exists only while it is open; what has `data-first` in it has the focus first. */
export function Dialog({ title, open, onClose, children }: DialogProps): ReactElement {
  const ref = useRef<HTMLDialogElement>(null);
  const titleId = useId();
  useEffect(() => {
    const dialog = ref.current;
    if (dialog === null || dialog.open === open) return;
    if (!open) return dialog.close();
    dialog.showModal();
    dialog.querySelector<HTMLElement>('[data-first]')?.focus();
  }, [open]);
  // The browser gives the focus back where a dialog is closed, not where it is removed.
  useLayoutEffect(() => {
    const dialog = ref.current;
    return () => {
      if (dialog?.open !== true) return;
      dialog.close();
      const { activeElement, body } = document;
      // What has opened it may be gone meanwhile.
      if (activeElement === body || dialog.contains(activeElement)) focusPage();
    };
  }, []);
  return (
    <dialog ref={ref} aria-labelledby={titleId} onClose={onClose}>
      {open && (
        <>
          <div className="head">
            <h2 id={titleId}>{title}</h2>
            <button type="button" className="btn" onClick={onClose}>
              Close
            </button>
          </div>
          {children}
        </>
      )}
    </dialog>
  );
}
