/** The actions that the filter offers; another one may stand in the URL. */
export const ACTIONS: readonly string[] = [
  'keys.create',
  'keys.update',
  'keys.rotate',
  'keys.revoke',
  'tenants.create',
  'tenants.update',
  'tenants.remove',
  'sessions.create',
  'sessions.delete',
  'budgets.cross',
  'requests.body',
  'requests.forget',
];
