/** URL below which the dashboard is served, with a trailing slash. Scripts are one folder below it. */
export const DASHBOARD_URL = new URL(/* @vite-ignore */ '../', import.meta.url);

/** URL of the gateway, without a trailing slash: the folder above the dashboard's. */
export const GATEWAY_URL = new URL('../', DASHBOARD_URL).href.replace(/\/$/, '');

/** Path of the dashboard, without a trailing slash: the router's base path. */
export const BASE_PATH = DASHBOARD_URL.pathname.replace(/\/$/, '');
