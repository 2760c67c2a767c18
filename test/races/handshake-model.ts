/**
 * A model of how a decision reaches the run that waits for it, small enough to look at every order in which things can happen. One
 * run keeps its task token on an item, while doorbells bring the decision; any of them may die between any two steps.
 */

export type Variant = {
  name: string;
  /** What whoever brings the decision does when no token is there yet, if the decision itself is not kept. */
  withoutToken?: "drop it" | "let Jira try again";
  /** Whether a write fails when somebody else has written since the item was read. */
  conditional: boolean;
  sweeper: boolean;
};

export const variants = {
  drop: { name: "no token: dropped", withoutToken: "drop it", conditional: false, sweeper: false },
  again: { name: "no token: 5xx", withoutToken: "let Jira try again", conditional: false, sweeper: false },
  readBefore: { name: "token read before the write", conditional: false, sweeper: false },
  handshake: { name: "handshake", conditional: true, sweeper: false },
  latchkey: { name: "handshake and sweeper", conditional: true, sweeper: true },
} satisfies Record<string, Variant>;

/** The request as it is stored. */
type Item = { version: number; token: number; isDecided: boolean };

/** What somebody is about to do, and the item as they have read it. */
type Actor =
  | { step: "read" }
  | { step: "write"; item: Item }
  | { step: "tell"; token: number }
  | { step: "none" };

type State = {
  item: Item;
  /** The token that the run waits for: each try of its task has another one. */
  awaited: number;
  wentOn: boolean;
  keeper: Actor;
  bringer: Actor;
  sweeper: Actor;
  /** How often the decision is still delivered if it has to be. */
  deliveries: number;
  crashes: number;
};

const none: Actor = { step: "none" };
const read: Actor = { step: "read" };

function first(crashes: number): State {
  const item = { version: 0, token: 0, isDecided: false };
  const actors = { keeper: read, bringer: none, sweeper: none };
  // Jira's first delivery, and two more when that was not answered well.
  return { item, awaited: 1, wentOn: false, ...actors, deliveries: 3, crashes };
}

/** Everything that can happen next. */
function successors(state: State, variant: Variant): State[] {
  const { keeper, bringer, sweeper, deliveries } = state;
  const next = [...keep(state, variant), ...bring(state, "bringer", variant)];
  if (bringer.step === "none" && deliveries > 0)
    next.push({ ...state, bringer: read, deliveries: deliveries - 1 });
  if (variant.sweeper) {
    if (sweeper.step === "none" && !state.wentOn) next.push({ ...state, sweeper: read });
    next.push(...bring(state, "sweeper", variant));
  }
  if (state.crashes === 0) return next;
  const crashes = state.crashes - 1;
  // A task that dies is tried again, with another token.
  if (keeper.step !== "none") next.push({ ...state, crashes, keeper: read, awaited: state.awaited + 1 });
  if (bringer.step !== "none") next.push({ ...state, crashes, bringer: none });
  if (sweeper.step !== "none") next.push({ ...state, crashes, sweeper: none });
  return next;
}

/** The run's task: reads the item, keeps its token there, and goes on at once when the decision was there already. */
function keep(state: State, { conditional, withoutToken }: Variant): State[] {
  const { keeper, item, awaited } = state;
  if (keeper.step === "read")
    return item.isDecided && withoutToken === undefined
      ? [{ ...state, keeper: none, wentOn: true }]
      : [{ ...state, keeper: { step: "write", item } }];
  if (keeper.step !== "write") return [];
  if (conditional && keeper.item.version !== item.version) return [{ ...state, keeper: read }];
  return [{ ...state, item: { ...item, version: item.version + 1, token: awaited }, keeper: none }];
}

/** Whoever brings the decision: reads the item, writes the decision, tells the run by the token that was read. */
function bring(state: State, who: "bringer" | "sweeper", variant: Variant): State[] {
  const actor = state[who];
  const { item } = state;
  const acknowledged = who === "bringer" ? { deliveries: 0 } : {};
  switch (actor.step) {
    case "none":
      return [];
    case "read":
      if (variant.withoutToken === undefined)
        return [{ ...state, [who]: item.isDecided ? tell(item) : { step: "write", item } }];
      if (item.token > 0) return [{ ...state, [who]: tell(item) }];
      return [{ ...state, [who]: none, ...(variant.withoutToken === "drop it" ? acknowledged : {}) }];
    case "write":
      if (variant.conditional && actor.item.version !== item.version) return [{ ...state, [who]: read }];
      return [
        {
          ...state,
          item: { ...item, version: item.version + 1, isDecided: true },
          [who]: tell(actor.item),
        },
      ];
    case "tell": {
      const isAwaited = actor.token === state.awaited;
      return [{ ...state, ...acknowledged, [who]: none, wentOn: state.wentOn || isAwaited }];
    }
  }
}

function tell({ token }: Item): Actor {
  return { step: "tell", token };
}

/**
 * Every state that can be reached; how many of those in which nothing more happens leave the run waiting for ever (`lost`); and from
 * how many the run cannot go on any more, whatever happens (`hopeless`).
 */
export function explore(
  variant: Variant,
  crashes: number,
): { states: number; lost: number; hopeless: number } {
  const before = new Map<string, string[]>();
  const queue = [first(crashes)];
  const good: string[] = [];
  const seen = new Set(queue.map((state) => JSON.stringify(state)));
  let lost = 0;
  for (let state = queue.shift(); state; state = queue.shift()) {
    const here = JSON.stringify(state);
    const next = successors(state, variant);
    if (state.wentOn) good.push(here);
    else if (next.length === 0) lost++;
    for (const one of next) {
      const there = JSON.stringify(one);
      before.set(there, [...(before.get(there) ?? []), here]);
      if (!seen.has(there)) queue.push(one);
      seen.add(there);
    }
  }
  const hopeful = new Set(good);
  for (let there = good.pop(); there !== undefined; there = good.pop())
    for (const here of before.get(there) ?? []) {
      if (!hopeful.has(here)) good.push(here);
      hopeful.add(here);
    }
  return { states: seen.size, lost, hopeless: seen.size - hopeful.size };
}
