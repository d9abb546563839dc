import { defineConfig } from 'vite';

/**
 * The dashboard: one page with hashed scripts and styles, in `dist/dashboard`. Paths are relative, because the gateway may serve it below a base
 * path; the gateway writes the page's `<base>`.
 */
export default defineConfig({
  root: import.meta.dirname,
  base: './',
  resolve: {
    // Types only: no script imports the contract.
    alias: { 'spillway/client': `${import.meta.dirname}/../client/index.ts` },
  },
  build: {
    outDir: '../dist/dashboard',
    emptyOutDir: true,
    target: 'es2023',
    // A policy without inline data: fonts and pictures stay files.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    // The gateway serves compressed copies; their sizes are printed there.
    reportCompressedSize: false,
    // React's packages mark what runs in browsers; all of this does.
    rolldownOptions: { checks: { moduleLevelDirective: false } },
  },
});
