/** A user group of JumpCloud, with everything that an action has to know before it changes it. */
export type UserGroup = {
  groupId: string;
  name: string;
  description: string;
  /** Whether JumpCloud computes the members by a rule. */
  dynamic: boolean;
  /** User ids of those for whom the rule does not count. */
  exemptions: readonly string[];
};

/** What is asked of JumpCloud about groups. */
export type Groups = {
  userGroup(groupId: string): Promise<UserGroup | undefined>;
  /** Groups of this name: JumpCloud does not tell names apart that differ in the case of their letters. */
  groupsNamed(name: string): Promise<UserGroup[]>;
  createGroup(group: { name: string; description: string }): Promise<string>;
  /** JumpCloud writes groups as a whole: what is not named is read and written back. */
  changeGroup(
    groupId: string,
    changes: { name?: string; description?: string; exemptions?: readonly string[] },
  ): Promise<void>;
  /** Ids of the applications that the group itself opens; undefined when there is no such group. */
  boundApplications(groupId: string): Promise<string[] | undefined>;
  hasApplication(applicationId: string): Promise<boolean>;
  bind(groupId: string, applicationId: string): Promise<void>;
  unbind(groupId: string, applicationId: string): Promise<void>;
};
