import * as v from "valibot";
import { HttpError } from "../../http.ts";
import { object, record } from "../../json-schemas.ts";
import type { Application } from "./applications.ts";
import type { Caller } from "./authentication.ts";
import type { Device } from "./devices.ts";
import type { Attributes, Graph, GraphNode, Neighbour, NodeType } from "./graph.ts";
import type { Groups } from "./groups.ts";
import { isId } from "./ids.ts";
import type { Journal, JumpCloudFact } from "./journal.ts";
import type { Moods } from "./moods.ts";
import type { Records } from "./records.ts";
import { refusal } from "./refusal.ts";
import type { Users } from "./users.ts";

/** The body of the calls that change members and associations. */
export const graphOperation = object({
  op: v.picklist(["add", "remove", "update"]),
  type: v.string(),
  id: v.string(),
  attributes: v.exactOptional(record(v.unknown())),
});
export type GraphOperation = v.InferOutput<typeof graphOperation>;

/** What a group can be bound to. Of the last three there is no more than that they are bound. */
export type Resource = "application" | "system" | "system_group" | "radius_server" | "ldap_server";

/** An edge of the graph as `/members` and `/associations` answer it. */
export type GraphConnection = { attributes: Attributes; to: GraphNode };

/** What a traversal answers: an object, and every way that leads to it. A way of length one is a direct connection. */
export type GraphObjectWithPaths = GraphNode & { compiledAttributes: Attributes; paths: GraphConnection[][] };

const resources = [
  "active_directory",
  "application",
  "g_suite",
  "idp_routing_policy",
  "ldap_server",
  "office_365",
  "password_manager_item",
  "radius_server",
  "system",
  "system_group",
];
const targetsOf = { user: resources, user_group: resources, application: ["user", "user_group"] };

/** What may be asked for its associations. */
export type Owner = { type: keyof typeof targetsOf; id: string };

export class Associations {
  readonly #parts: Parts;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /** User ids of the members at this moment, whatever the lag. */
  membersNow(groupId: string): string[] {
    return this.#parts.graph.targetsNow({ type: "user_group", id: groupId }, "user").map(({ id }) => id);
  }

  changeMember(groupId: string, operation: GraphOperation, by: Caller): void {
    this.#parts.groups.get(groupId);
    if (operation.type !== "user") throw refusal(400, 'the type of a member must be "user"');
    this.#change({ type: "user_group", id: groupId }, this.#named("user", operation.id), operation, by);
  }

  changeBinding(owner: Owner, operation: GraphOperation, by: Caller): void {
    this.#mustExist(owner);
    const allowed = targetsOf[owner.type];
    if (!allowed.includes(operation.type)) throw refusal(400, `type must be one of ${allowed.join(", ")}`);
    const other = this.#named(operation.type, operation.id);
    if (owner.type === "application") this.#change(other, owner, operation, by);
    else this.#change(owner, other, operation, by);
  }

  /** Direct connections to objects of one type. */
  direct(owner: Owner, targets: string | null): GraphConnection[] {
    this.#mustExist(owner);
    const allowed = targetsOf[owner.type];
    if (targets === null || !allowed.includes(targets))
      throw refusal(400, `the query parameter "targets" must be one of ${allowed.join(", ")}`);
    const { graph } = this.#parts;
    if (!isSimulated(targets)) return [];
    return (owner.type === "application" ? graph.sources(owner, targets) : graph.targets(owner, targets)).map(
      connection,
    );
  }

  members(groupId: string): GraphConnection[] {
    this.#parts.groups.get(groupId);
    return this.#parts.graph.targets({ type: "user_group", id: groupId }, "user").map(connection);
  }

  membership(groupId: string): GraphObjectWithPaths[] {
    this.#parts.groups.get(groupId);
    return byEnd(
      this.#parts.graph.targets({ type: "user_group", id: groupId }, "user").map((user) => [user]),
    );
  }

  memberOf(userId: string): GraphObjectWithPaths[] {
    this.#parts.users.get(userId);
    return byEnd(this.#groupsOf(userId).map((group) => [group]));
  }

  /** What a group is bound to. */
  boundToGroup(groupId: string, type: Resource): GraphObjectWithPaths[] {
    this.#parts.groups.get(groupId);
    return byEnd(this.#parts.graph.targets({ type: "user_group", id: groupId }, type).map((node) => [node]));
  }

  /** What a user reaches, directly or through groups. */
  reachedBy(userId: string, type: "application" | "system"): GraphObjectWithPaths[] {
    this.#parts.users.get(userId);
    const { graph } = this.#parts;
    const direct = graph.targets({ type: "user", id: userId }, type).map((node) => [node]);
    const inherited = this.#groupsOf(userId).flatMap((group) =>
      graph.targets(group, type).map((node) => [group, node]),
    );
    return byEnd([...direct, ...inherited]);
  }

  groupsOfApplication(applicationId: string): GraphObjectWithPaths[] {
    const { graph, applications } = this.#parts;
    const { _id: id } = applications.get(applicationId);
    return byEnd(graph.sources({ type: "application", id }, "user_group").map((group) => [group]));
  }

  /** Who reaches an application, directly or through groups. */
  usersOfApplication(applicationId: string): GraphObjectWithPaths[] {
    const { graph, applications } = this.#parts;
    const application = { type: "application" as const, id: applications.get(applicationId)._id };
    const direct = graph.sources(application, "user").map((user) => [user]);
    const inherited = graph
      .sources(application, "user_group")
      .flatMap((group) => graph.targets(group, "user").map((user) => [group, user]));
    return byEnd([...direct, ...inherited]);
  }

  #groupsOf(userId: string): Neighbour[] {
    return this.#parts.graph.sources({ type: "user", id: userId }, "user_group");
  }

  #change(from: GraphNode, to: GraphNode, { op, attributes }: GraphOperation, by: Caller): void {
    const { graph, moods } = this.#parts;
    const connected = graph.isConnected(from, to);
    if (op === "add" && connected && moods.alreadyMember === 409)
      throw new HttpError(409, { message: "Already Exists" });
    if (!connected && (op === "update" || (op === "remove" && moods.notMember === 404)))
      throw new HttpError(404, { message: "Not Found" });

    if (op === "update") graph.setAttributes(from, to, attributes ?? {});
    if (op === "add" && !connected) {
      graph.connect(from, to, attributes);
      this.#record(from, to, true, by);
    }
    if (op === "remove" && connected) {
      graph.disconnect(from, to);
      this.#record(from, to, false, by);
    }
  }

  #record(from: GraphNode, to: GraphNode, added: boolean, by: Caller): void {
    const named = { ...this.#nameOf(from), ...this.#nameOf(to) };
    if (to.type === "user")
      this.#parts.journal.record(by, { type: added ? "member added" : "member removed", ...named });
    else if (to.type === "application")
      this.#parts.journal.record(by, { type: added ? "application bound" : "application unbound", ...named });
    else this.#parts.journal.record(by, { type: added ? "system bound" : "system unbound", ...named });
  }

  #nameOf({ type, id }: GraphNode): Pick<JumpCloudFact, NamedPart> {
    const { users, groups, applications, devices } = this.#parts;
    switch (type) {
      case "user": {
        const { username, email } = users.get(id);
        return { user: { id, username, email } };
      }
      case "user_group":
        return { group: { id, name: groups.get(id).name } };
      case "application":
        return { application: { id, name: applications.get(id).displayLabel } };
      case "system":
        return { system: { id, name: devices.get(id).displayName } };
      default:
        throw refusal(404, `there is no ${type} ${id}`);
    }
  }

  /** The object that an operation names: 400 when it is no id, 404 when there is none. */
  #named(type: string, id: string): GraphNode {
    if (!isId(id)) throw refusal(400, "id must be 24 hexadecimal digits");
    if (!isSimulated(type)) throw refusal(404, `there is no ${type} ${id}`);
    this.#mustExist({ type, id });
    return { type, id };
  }

  #mustExist(node: GraphNode): void {
    this.#nameOf(node);
  }
}

type NamedPart = "user" | "group" | "application" | "system";

type Parts = {
  graph: Graph;
  moods: Moods;
  journal: Journal;
  users: Users;
  groups: Groups;
  applications: Records<Application>;
  devices: Records<Device>;
};

function isSimulated(type: string): type is NodeType {
  return ["user", "user_group", "application", "system"].includes(type);
}

function connection({ type, id, attributes }: Neighbour): GraphConnection {
  return { attributes, to: { type, id } };
}

/** Gathers the paths that end at the same object. */
function byEnd(paths: Neighbour[][]): GraphObjectWithPaths[] {
  const objects = new Map<string, GraphObjectWithPaths>();
  for (const path of paths) {
    const end = path.at(-1);
    if (!end) continue;
    const object = objects.get(end.id) ?? { type: end.type, id: end.id, compiledAttributes: {}, paths: [] };
    Object.assign(object.compiledAttributes, ...path.map((step) => step.attributes));
    object.paths.push(path.map(connection));
    objects.set(end.id, object);
  }
  return [...objects.values()];
}
