import type { LocalClock } from "../../clock.ts";
import type { Store } from "../../store.ts";
import type { Application } from "./applications.ts";
import { Associations } from "./associations.ts";
import type { Device } from "./devices.ts";
import { DynamicGroups } from "./dynamic-groups.ts";
import { Graph } from "./graph.ts";
import { Groups } from "./groups.ts";
import { Journal, type JumpCloudEvent } from "./journal.ts";
import type { Moods } from "./moods.ts";
import { Records } from "./records.ts";
import { ScheduledStates } from "./scheduled-states.ts";
import { seed } from "./seed.ts";
import { UserActions } from "./user-actions.ts";
import { Users } from "./users.ts";

/** Everything that the simulated organisation knows and does, without HTTP. */
export type Directory = ReturnType<typeof openDirectory>;

/** Opens the organisation that the store holds, or founds it with the seed company. */
export function openDirectory(options: {
  clock: LocalClock;
  store: Store;
  moods: Moods;
  onEvent: (event: JumpCloudEvent) => void;
}) {
  const { clock, store, moods, onEvent } = options;
  const journal = new Journal(store, clock, (event) => {
    onEvent(event);
    dynamicGroups.consider();
  });
  const graph = new Graph(store, clock, moods);
  const users = new Users({ store, clock, moods, graph, journal });
  const groups = new Groups({ store, clock, moods, graph, journal });
  const applications = new Records<Application>(store, "jumpcloud.applications", "application");
  const devices = new Records<Device>(store, "jumpcloud.systems", "system");
  const dynamicGroups = new DynamicGroups({ store, clock, moods, graph, journal, users, groups });
  const scheduledStates = new ScheduledStates({ store, clock, users });

  if (users.all().length === 0) store.together(() => seed({ graph, users, groups, applications, devices }));
  scheduledStates.resume();
  dynamicGroups.consider();

  return {
    clock,
    moods,
    journal,
    users,
    userActions: new UserActions(users, clock, moods),
    groups,
    dynamicGroups,
    applications,
    removeApplication: (id: string): Application => {
      const application = applications.get(id);
      applications.delete(id);
      graph.remove({ type: "application", id });
      return application;
    },
    devices,
    associations: new Associations({ graph, moods, journal, users, groups, applications, devices }),
    scheduledStates,
    close: () => {
      scheduledStates.stop();
      dynamicGroups.stop();
    },
  };
}
