import type { View } from "./view.ts";
import { resolutions, type StatusCategory, statusOf, type Transition } from "./workflow.ts";

const categories: Record<StatusCategory, { id: number; name: string; colorName: string }> = {
  new: { id: 2, name: "To Do", colorName: "blue-gray" },
  indeterminate: { id: 4, name: "In Progress", colorName: "yellow" },
  done: { id: 3, name: "Done", colorName: "green" },
};

export function statusJson(statusId: string, { base, version }: View) {
  const { id, name, category } = statusOf(statusId);
  return {
    self: `${base}/rest/api/${version}/status/${id}`,
    description: "",
    iconUrl: `${base}/images/icons/statuses/generic.png`,
    name,
    id,
    statusCategory: {
      self: `${base}/rest/api/${version}/statuscategory/${categories[category].id}`,
      key: category,
      ...categories[category],
    },
  };
}

export function resolutionJson(resolutionId: string, { base, version }: View) {
  return {
    self: `${base}/rest/api/${version}/resolution/${resolutionId}`,
    id: resolutionId,
    description: "",
    name: resolutions.find((resolution) => resolution.id === resolutionId)?.name ?? "",
  };
}

/** A transition. Its screen's fields are shown only when they are asked for. */
export function transitionJson(
  transition: Transition,
  view: View,
  options: { available: boolean; fields?: Record<string, object> },
) {
  return {
    id: transition.id,
    name: transition.name,
    to: statusJson(transition.to, view),
    hasScreen: transition.screen !== undefined,
    isGlobal: !Array.isArray(transition.from),
    isInitial: false,
    isAvailable: options.available,
    isConditional: transition.by !== "portal",
    ...(options.fields ? { fields: options.fields } : {}),
  };
}
