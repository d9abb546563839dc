import { createRootRoute, createRoute, createRouter, lazyRouteComponent } from '@tanstack/react-router';
import type { ReactElement } from 'react';
import { BASE_PATH } from '../api/gateway-url.ts';
import { chainsSearch } from '../pages/chains/search.ts';
import { keysSearch } from '../pages/keys/search.ts';
import { auditSearch } from '../pages/audit/search.ts';
import { limitsSearch } from '../pages/limits/search.ts';
import { overviewSearch } from '../pages/overview/search.ts';
import { playgroundSearch } from '../pages/playground/search.ts';
import { providersSearch } from '../pages/providers/search.ts';
import { requestsSearch } from '../pages/requests/search.ts';
import { usageSearch } from '../pages/usage/search.ts';
import { PageError } from './page-error.tsx';
import { Shell } from './shell.tsx';

const root = createRootRoute({ component: Shell, errorComponent: PageError, notFoundComponent: NotFound });

/** The pages. What a page shows stands in its URL: each has a function that reads its search parameters, and drops those that it does not know. */
const routes = [
  createRoute({
    getParentRoute: () => root,
    path: '/',
    validateSearch: overviewSearch,
    component: lazyRouteComponent(() => import('../pages/overview/page.tsx'), 'OverviewPage'),
  }),
  createRoute({
    getParentRoute: () => root,
    path: '/chains',
    validateSearch: chainsSearch,
    component: lazyRouteComponent(() => import('../pages/chains/page.tsx'), 'ChainsPage'),
  }),
  createRoute({
    getParentRoute: () => root,
    path: '/requests',
    validateSearch: requestsSearch,
    component: lazyRouteComponent(() => import('../pages/requests/page.tsx'), 'RequestsPage'),
  }),
  createRoute({
    getParentRoute: () => root,
    path: '/requests/$id',
    component: lazyRouteComponent(() => import('../pages/requests/request-page.tsx'), 'RequestPage'),
  }),
  createRoute({
    getParentRoute: () => root,
    path: '/playground',
    validateSearch: playgroundSearch,
    component: lazyRouteComponent(() => import('../pages/playground/page.tsx'), 'PlaygroundPage'),
  }),
  createRoute({
    getParentRoute: () => root,
    path: '/limits',
    validateSearch: limitsSearch,
    component: lazyRouteComponent(() => import('../pages/limits/page.tsx'), 'LimitsPage'),
  }),
  createRoute({
    getParentRoute: () => root,
    path: '/keys',
    validateSearch: keysSearch,
    component: lazyRouteComponent(() => import('../pages/keys/page.tsx'), 'KeysPage'),
  }),
  createRoute({
    getParentRoute: () => root,
    path: '/keys/$id',
    component: lazyRouteComponent(() => import('../pages/keys/key-page.tsx'), 'KeyPage'),
  }),
  createRoute({
    getParentRoute: () => root,
    path: '/usage',
    validateSearch: usageSearch,
    component: lazyRouteComponent(() => import('../pages/usage/page.tsx'), 'UsagePage'),
  }),
  createRoute({
    getParentRoute: () => root,
    path: '/providers',
    validateSearch: providersSearch,
    component: lazyRouteComponent(() => import('../pages/providers/page.tsx'), 'ProvidersPage'),
  }),
  createRoute({
    getParentRoute: () => root,
    path: '/configuration',
    component: lazyRouteComponent(() => import('../pages/configuration/page.tsx'), 'ConfigurationPage'),
  }),
  createRoute({
    getParentRoute: () => root,
    path: '/audit',
    validateSearch: auditSearch,
    component: lazyRouteComponent(() => import('../pages/audit/page.tsx'), 'AuditPage'),
  }),
] as const;

const routeTree = root.addChildren(routes);

/** Makes the router. A page's script is loaded when its link is pointed at. */
export function createAppRouter() {
  return createRouter({ routeTree, basepath: BASE_PATH, defaultPreload: 'intent', scrollRestoration: false });
}

declare module '@tanstack/react-router' {
  interface Register {
    router: ReturnType<typeof createAppRouter>;
  }
}

function NotFound(): ReactElement {
  return (
    <>
      <div className="head">
        <h1>No such page</h1>
      </div>
      <p className="soft">The address names no page of the dashboard. Its pages are in the menu.</p>
    </>
  );
}
