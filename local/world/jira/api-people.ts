import type { HttpAnswer } from "../../http.ts";
import type { Account, AccountGroup } from "./accounts.ts";
import { type ApiCall, type ApiRoutes, flag, listed, pageBean, platformError, viewOf } from "./api-call.ts";
import { avatarUrls, userJson } from "./view.ts";

/** People and groups on the platform. Agents have the global permission Browse users and groups, others have not. */
export const peopleRoutes: ApiRoutes = {
  "GET /rest/api/3/myself": showMyself,
  "GET /rest/api/3/user": showUser,
  "GET /rest/api/3/user/search": searchUsers,
  "GET /rest/api/3/user/bulk": listUsers,
  "GET /rest/api/3/user/groups": listGroupsOfUser,
  "GET /rest/api/3/groupuserpicker": pickUsersAndGroups,
  "GET /rest/api/3/group/member": listMembers,
  "GET /rest/api/3/group/bulk": listGroups,
};

const mostFound = 1000;

function showMyself(call: ApiCall): HttpAnswer {
  return { status: 200, body: fullUser(call.actor, call, listed(call, "expand")) };
}

function showUser(call: ApiCall): HttpAnswer {
  mustBrowse(call);
  return { status: 200, body: fullUser(userAsked(call), call, listed(call, "expand")) };
}

/** `groups` and `applicationRoles` list their items only when they are expanded. */
function fullUser(account: Account, call: ApiCall, expand: string[]): object {
  const groups = call.site.accounts.groupsOf(account.accountId);
  return {
    ...userJson(account, viewOf(call)),
    ...(account.accountType === "app" ? { appType: "service" } : {}),
    groups: {
      size: groups.length,
      items: expand.includes("groups") ? groups.map((group) => groupJson(group, call)) : [],
    },
    applicationRoles: { size: 0, items: [] },
    expand: "groups,applicationRoles",
  };
}

function searchUsers(call: ApiCall): HttpAnswer {
  const query = call.query.get("query");
  const accountId = call.query.get("accountId");
  if (query === null && accountId === null)
    throw platformError(400, "The query parameters 'query', 'accountId' or 'property' are needed.");
  if (query !== null && accountId !== null)
    throw platformError(400, "'query' and 'accountId' can't be used together.");
  const { accounts } = call.site;
  const found =
    query === null
      ? accounts.all().filter((one) => one.active && one.accountId === accountId)
      : accounts.search(query);
  // Without the permission the answer is not an error but empty.
  const seen = mayBrowse(call) ? found.slice(0, mostFound) : [];
  return {
    status: 200,
    body: pageBean(call, seen, 50, mostFound).values.map((one) => userJson(one, viewOf(call))),
  };
}

function listUsers(call: ApiCall): HttpAnswer {
  const accountIds = call.query.getAll("accountId");
  if (accountIds.length === 0) throw platformError(400, "The parameter 'accountId' is needed.");
  const found = accountIds.flatMap((accountId) => call.site.accounts.find(accountId) ?? []);
  const users = found.map((account) => userJson(account, viewOf(call)));
  return { status: 200, body: pageBean(call, users, 10, 200) };
}

function listGroupsOfUser(call: ApiCall): HttpAnswer {
  mustBrowse(call);
  const groups = call.site.accounts.groupsOf(userAsked(call).accountId);
  return { status: 200, body: groups.map((group) => groupJson(group, call)) };
}

function pickUsersAndGroups(call: ApiCall): HttpAnswer {
  mustBrowse(call);
  const query = call.query.get("query");
  if (query === null) throw platformError(400, "The parameter 'query' is needed.");
  const most = Number(call.query.get("maxResults") ?? 50);
  const { accounts } = call.site;
  const fold = (text: string) => (flag(call, "caseInsensitive", false) ? text.toLowerCase() : text);
  const users = accounts.search(query);
  const groups = accounts.groups.filter((group) => fold(group.name).includes(fold(query)));
  const header = (shown: number, total: number, things: string) =>
    `Showing ${shown} of ${total} matching ${things}`;
  const shownUsers = users.slice(0, most);
  const shownGroups = groups.slice(0, most);
  return {
    status: 200,
    body: {
      users: {
        users: shownUsers.map((account) => ({
          accountId: account.accountId,
          accountType: account.accountType,
          html: account.displayName,
          displayName: account.displayName,
          ...(flag(call, "showAvatar", false)
            ? { avatarUrl: avatarUrls(call.base, account.accountId)["16x16"] }
            : {}),
        })),
        total: users.length,
        header: header(shownUsers.length, users.length, "users"),
      },
      groups: {
        header: header(shownGroups.length, groups.length, "groups"),
        total: groups.length,
        groups: shownGroups.map(({ name, groupId }) => ({ name, groupId, html: name, labels: [] })),
      },
    },
  };
}

function listMembers(call: ApiCall): HttpAnswer {
  mustBrowse(call);
  const wanted = call.query.get("groupId") ?? call.query.get("groupname");
  if (wanted === null) throw platformError(400, "The parameter 'groupId' or 'groupname' is needed.");
  const group = call.site.accounts.group(wanted);
  if (!group) throw platformError(404, `The group '${wanted}' was not found.`);
  const members = group.members.map((accountId) => call.site.accounts.get(accountId));
  const shown = flag(call, "includeInactiveUsers", false) ? members : members.filter(({ active }) => active);
  return {
    status: 200,
    body: pageBean(
      call,
      shown.map((account) => userJson(account, viewOf(call))),
    ),
  };
}

function listGroups(call: ApiCall): HttpAnswer {
  mustBrowse(call);
  const ids = call.query.getAll("groupId");
  const names = call.query.getAll("groupName");
  const groups = call.site.accounts.groups.filter(
    ({ groupId, name }) =>
      (ids.length === 0 && names.length === 0) || ids.includes(groupId) || names.includes(name),
  );
  return {
    status: 200,
    body: pageBean(
      call,
      groups.map(({ name, groupId }) => ({ name, groupId })),
    ),
  };
}

function groupJson(group: AccountGroup, call: ApiCall) {
  return {
    name: group.name,
    groupId: group.groupId,
    self: `${call.base}/rest/api/3/group?groupId=${group.groupId}`,
  };
}

function userAsked(call: ApiCall): Account {
  const account = call.site.accounts.find(call.query.get("accountId") ?? "");
  if (!account)
    throw platformError(404, "Specified user does not exist or you do not have required permissions");
  return account;
}

function mayBrowse(call: ApiCall): boolean {
  return call.actor.agent || call.actor.administrator;
}

function mustBrowse(call: ApiCall): void {
  if (!mayBrowse(call)) throw platformError(403, "Browse users and groups permission is required.");
}
