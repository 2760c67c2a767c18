import type { LocalClock } from "../../clock.ts";
import type { Collection, Store } from "../../store.ts";
import { versionAt, withVersion } from "../versions.ts";
import { longestLagMs, type Moods } from "./moods.ts";

export type NodeType =
  | "user"
  | "user_group"
  | "application"
  | "system"
  | "system_group"
  | "radius_server"
  | "ldap_server";
export type GraphNode = { type: NodeType; id: string };
export type Attributes = Record<string, unknown>;
/** A neighbour, and the attributes of the connection to it. */
export type Neighbour = GraphNode & { attributes: Attributes };

type Edge = {
  from: GraphNode;
  to: GraphNode;
  attributes: Attributes;
  /** Every change within the longest lag and the last one before, oldest first. */
  history: { at: number; connected: boolean }[];
};

/**
 * Who is a member of what, and what is bound to what. Edges lead from a group to its members and from a group or user to
 * its applications and systems. Each remembers its recent past, because JumpCloud's graph reads lag its writes.
 */
export class Graph {
  readonly #edges: Collection<Edge>;
  readonly #clock: LocalClock;
  readonly #moods: Moods;

  constructor(store: Store, clock: LocalClock, moods: Moods) {
    this.#edges = store.collection("jumpcloud.graph");
    this.#clock = clock;
    this.#moods = moods;
  }

  /** As it is now, whatever the lag. */
  isConnected(from: GraphNode, to: GraphNode): boolean {
    const edge = this.#edges.get(keyOf(from, to));
    return edge !== undefined && wasConnected(edge, this.#clock.now());
  }

  /** @param at for edges that have always been there; now by default. */
  connect(from: GraphNode, to: GraphNode, attributes: Attributes = {}, at = this.#clock.now()): void {
    this.#write(from, to, true, attributes, at);
  }

  disconnect(from: GraphNode, to: GraphNode): void {
    this.#write(from, to, false, {}, this.#clock.now());
  }

  setAttributes(from: GraphNode, to: GraphNode, attributes: Attributes): void {
    const edge = this.#edges.get(keyOf(from, to));
    if (edge) this.#edges.set(keyOf(from, to), { ...edge, attributes });
  }

  /** What `from` leads to, as graph reads show it. */
  targets(from: GraphNode, type: NodeType, asOf = this.#clock.now() - this.#moods.lagMs): Neighbour[] {
    return this.#edges
      .values()
      .filter((edge) => same(edge.from, from) && edge.to.type === type && wasConnected(edge, asOf))
      .map((edge) => ({ ...edge.to, attributes: edge.attributes }));
  }

  /** What leads to `to`, as graph reads show it. */
  sources(to: GraphNode, type: NodeType, asOf = this.#clock.now() - this.#moods.lagMs): Neighbour[] {
    return this.#edges
      .values()
      .filter((edge) => same(edge.to, to) && edge.from.type === type && wasConnected(edge, asOf))
      .map((edge) => ({ ...edge.from, attributes: edge.attributes }));
  }

  /** What `from` leads to at this moment, whatever the lag. */
  targetsNow(from: GraphNode, type: NodeType): Neighbour[] {
    return this.targets(from, type, this.#clock.now());
  }

  /** Forgets a deleted node and its past. */
  remove(node: GraphNode): void {
    for (const [key, edge] of this.#edges.entries())
      if (same(edge.from, node) || same(edge.to, node)) this.#edges.delete(key);
  }

  #write(from: GraphNode, to: GraphNode, connected: boolean, attributes: Attributes, at: number): void {
    const past = this.#edges.get(keyOf(from, to))?.history ?? [];
    const history = withVersion(past, { at, connected }, longestLagMs);
    this.#edges.set(keyOf(from, to), { from, to, attributes, history });
  }
}

function wasConnected(edge: Edge, time: number): boolean {
  return versionAt(edge.history, time)?.connected ?? false;
}

function keyOf(from: GraphNode, to: GraphNode): string {
  return `${from.type}:${from.id}>${to.type}:${to.id}`;
}

function same(a: GraphNode, b: GraphNode): boolean {
  return a.type === b.type && a.id === b.id;
}
