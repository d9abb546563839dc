import { QueryClientProvider } from '@tanstack/react-query';
import { RouterProvider } from '@tanstack/react-router';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { createQueryClient } from './api/query-client.ts';
import { SessionGate } from './app/session-gate.tsx';
import { applyTheme, storedTheme } from './app/theme.ts';
import { createAppRouter } from './app/router.tsx';
import './styles/index.css';

applyTheme(storedTheme());
const root = document.getElementById('root');
if (root === null) throw new Error('The page has no element #root.');
const router = createAppRouter();
createRoot(root).render(
  <StrictMode>
    <QueryClientProvider client={createQueryClient()}>
      <SessionGate>
        <RouterProvider router={router} />
      </SessionGate>
    </QueryClientProvider>
  </StrictMode>,
);
