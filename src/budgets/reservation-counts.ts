/** Counts what running requests hold of the limits and budgets of their keys and tenants. */
export interface ReservationCounts {
  /** Reservations that are not settled yet. */
  open: number;
  /** Reservations that were settled a second time, which is a defect. */
  settledTwice: number;
}

/** Makes counts of which nothing is open. */
export function createReservationCounts(): ReservationCounts {
  return { open: 0, settledTwice: 0 };
}
