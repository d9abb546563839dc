/** Whether the tests run in their full sizes, as `npm run soak` does: ten times the requests and bytes, and some minutes instead of seconds. */
export const SOAK = process.env['SOAK'] === '1';
