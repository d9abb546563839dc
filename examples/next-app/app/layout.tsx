import type { ReactNode } from 'react';

export const metadata = { title: 'Chat' };

/** The frame of all pages. */
export default function Layout({ children }: { readonly children: ReactNode }) {
  return (
    <html lang="en">
      <body>{children}</body>
    </html>
  );
}
