import { join } from 'node:path';
import { rolldown } from 'rolldown';

/** The page around the chat. */
export const PAGE = `<!doctype html>
<title>Chat</title>
<div id="root"></div>
<script type="module">
  import { mount } from '/app.js';
  mount(document.getElementById('root'), '/llm');
</script>
`;

/** Bundles the chat for browsers, as one module that exports `mount`. */
export async function bundleApp(): Promise<string> {
  await using bundle = await rolldown({
    input: join(import.meta.dirname, 'app.tsx'),
    platform: 'browser',
    // It warns about directives for servers, which React's libraries have. Errors reject all the same.
    logLevel: 'silent',
    transform: { define: { 'process.env.NODE_ENV': '"production"' }, jsx: 'react-jsx' },
  });
  const { output } = await bundle.generate();
  return output[0].code;
}
