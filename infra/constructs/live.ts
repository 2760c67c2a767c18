/** The alias by which everything calls functions and starts runs. */
export const live = "live";
