import type { Grant, GrantUse } from "../../local/runtime/permissions/permissions.ts";

/** What roles may do, and how often it was needed in several runtimes together. Names are without the stack's. */
export class PermissionUses {
  readonly #uses = new Map<string, GrantUse>();

  add(grants: GrantUse[]): void {
    for (const grant of grants) {
      const { role, action, resource } = short(grant);
      const key = `${role} ${action} ${resource}`;
      const calls = (this.#uses.get(key)?.calls ?? 0) + grant.calls;
      this.#uses.set(key, { role, action, resource, calls });
    }
  }

  all(): GrantUse[] {
    return [...this.#uses.values()].toSorted((a, b) => (nameOf(a) < nameOf(b) ? -1 : 1));
  }
}

/** Why a role may do what no story needs. */
export type Explained = {
  roles: string[];
  actions: string[];
  /** Of the resource, without the stack's name. */
  resource: RegExp;
  why: string;
  /** Where that can be read. */
  see: string;
};

/** What is wrong with the grants, or with what is said of them. All three lists should be empty. */
export function problemsOf(uses: GrantUse[], explained: Explained[]) {
  const explains = ({ role, action, resource }: Grant, one: Explained) =>
    one.roles.includes(role) && one.actions.includes(action) && one.resource.test(resource);
  const pairs = explained.flatMap((one) =>
    one.roles.flatMap((role) => one.actions.map((action) => ({ one, role, action }))),
  );
  return {
    unexplained: uses
      .filter((use) => use.calls === 0 && !explained.some((one) => explains(use, one)))
      .map(nameOf),
    explainedButUsed: uses
      .filter((use) => use.calls > 0 && explained.some((one) => explains(use, one)))
      .map(nameOf),
    explainedButNotGranted: pairs
      .filter(
        ({ one, role, action }) =>
          !uses.some((use) => use.role === role && use.action === action && one.resource.test(use.resource)),
      )
      .map(({ role, action }) => `${role}: ${action}`),
  };
}

export function nameOf({ role, action, resource }: Grant): string {
  return `${role}: ${action} ${resource}`;
}

function short({ role, action, resource }: Grant): Grant {
  return {
    role: role.replace("latchkey-local-", ""),
    action,
    resource: resource.replace(/^arn:aws:[^:]*:[^:]*:[^:]*:/, "").replace("latchkey-local-", ""),
  };
}
