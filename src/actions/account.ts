/** A person's account in JumpCloud, with everything that an action has to know before it changes it. */
export type DirectoryAccount = {
  userId: string;
  username: string;
  email: string;
  /** `STAGED`, `ACTIVATED` or `SUSPENDED`; sources warn of others. */
  state: string;
  locked: boolean;
  passwordExpired: boolean;
  /** Whether somebody has set a password: without one there is no access, whatever the state. */
  hasPassword: boolean;
  mfaEnrolled: boolean;
  /** User id of the manager. */
  manager?: string;
  /** Plain fields that have a value, such as `department`. */
  fields: Readonly<Record<string, string>>;
  /** Custom attributes, by name. */
  attributes: Readonly<Record<string, string>>;
  /** Names of the fields that another directory owns: what is written there is refused, or undone. */
  managedElsewhere: readonly string[];
};

/** A change of an account's state at a later date. */
export type ScheduledChange = {
  jobId: string;
  state: "ACTIVATED" | "SUSPENDED";
  /** Milliseconds since 1970. */
  at: number;
};

export type NewAccount = {
  username: string;
  email: string;
  fields: Record<string, string>;
  attributes: Record<string, string>;
  manager?: string;
};

/** What is asked of JumpCloud about accounts. What is not safe to repeat is sent once. */
export type Accounts = {
  account(userId: string): Promise<DirectoryAccount | undefined>;
  /** Accounts with exactly this address or this user name, whatever the case of the letters. */
  accountsNamed(named: { email: string; username: string }): Promise<DirectoryAccount[]>;
  /** Staged: no access and no mail before it is activated. Gives its id. */
  createAccount(account: NewAccount): Promise<string>;
  /** Absolute values; null takes a field away. Custom attributes are written as a whole. */
  changeAccount(
    userId: string,
    changes: {
      fields?: Record<string, string | null>;
      attributes?: Record<string, string>;
      manager?: string | null;
      locked?: boolean;
      state?: "ACTIVATED" | "SUSPENDED";
    },
  ): Promise<void>;
  activate(userId: string, mail: boolean): Promise<void>;
  unlock(userId: string): Promise<void>;
  expirePassword(userId: string): Promise<void>;
  /** To an address that JumpCloud has stored. */
  sendPasswordMail(userId: string): Promise<void>;
  /** @param until end of the time to enroll again, milliseconds since 1970 */
  resetMfa(userId: string, until: number): Promise<void>;
  scheduledChanges(userId: string): Promise<ScheduledChange[]>;
  scheduleChange(userId: string, state: ScheduledChange["state"], at: number): Promise<void>;
  cancelScheduledChange(jobId: string): Promise<void>;
  /** Ids of the groups that the person is in, whether a rule chose them or somebody put them there. */
  groupsOf(userId: string): Promise<string[]>;
  /** Ids of the applications that are bound to the person directly. */
  boundApplications(userId: string): Promise<string[]>;
  bindApplication(userId: string, applicationId: string, wanted: boolean): Promise<void>;
  /** User ids of those whose manager the person is. */
  reportsOf(userId: string): Promise<string[]>;
  /** @param reportsTo whose reports become those of the deleted person; nobody's if undefined */
  deleteAccount(userId: string, reportsTo: string | undefined): Promise<void>;
};
