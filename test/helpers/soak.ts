/** Whether tests run in their full sizes, as `npm run soak` does: several times the requests and bytes of `npm test`. */
export const SOAK = process.env['SOAK'] === '1';
