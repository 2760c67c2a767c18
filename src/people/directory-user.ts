/** A person in JumpCloud, with the attributes that policy may look at. */
export type DirectoryUser = {
  userId: string;
  email: string;
  /** JumpCloud's lifecycle state: `ACTIVATED`, `STAGED` or `SUSPENDED`. */
  state: string;
  /** User id of the manager. */
  manager?: string;
  displayName?: string;
  attributes: Record<string, string>;
};

/** What a search for one person found. */
export type Found = { kind: "one"; user: DirectoryUser } | { kind: "none" } | { kind: "several" };
