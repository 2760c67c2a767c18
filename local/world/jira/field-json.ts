import type { FieldValue } from "./field-values.ts";
import type { FieldDefinition } from "./fields.ts";
import { wikiText } from "./rich-text.ts";
import { userJson, type View } from "./view.ts";

/** A field's value as the platform shows it; null for none, and for an option that was deleted. */
export function fieldValueJson(field: FieldDefinition, value: FieldValue | undefined, view: View): unknown {
  const { accounts } = view.site;
  if (value === undefined) return field.kind === "labels" ? [] : null;
  switch (value.type) {
    case "text":
      return value.text;
    case "richText":
      return view.version === 3 ? value.document : wikiText(value.document);
    case "option":
      return optionJson(field, value.id, view);
    case "cascadingOption": {
      const parent = optionJson(field, value.id, view);
      const child = value.childId === undefined ? null : optionJson(field, value.childId, view);
      return parent && { ...parent, ...(child ? { child } : {}) };
    }
    case "user":
      return userJson(accounts.get(value.accountId), view);
    case "users":
      return value.accountIds.map((accountId) => userJson(accounts.get(accountId), view));
    case "groups":
      return value.groupIds.map((groupId) => ({
        name: accounts.group(groupId)?.name,
        groupId,
        self: `${view.base}/rest/api/${view.version}/group?groupId=${groupId}`,
      }));
    case "labels":
      return value.labels;
  }
}

function optionJson(field: FieldDefinition, id: string, view: View) {
  const option = view.site.options.find(field.id, id);
  if (!option) return null;
  return {
    self: `${view.base}/rest/api/${view.version}/customFieldOption/${id}`,
    value: option.value,
    id,
  };
}
