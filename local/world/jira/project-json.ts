import { issueType, type Project } from "./project.ts";
import type { View } from "./view.ts";

export function projectJson(project: Project, { base, version }: View) {
  const avatar = (size: string) => `${base}/secure/projectavatar?pid=${project.id}&size=${size}`;
  return {
    self: `${base}/rest/api/${version}/project/${project.id}`,
    id: project.id,
    key: project.key,
    name: project.name,
    projectTypeKey: project.typeKey,
    simplified: false,
    avatarUrls: {
      "48x48": avatar("large"),
      "24x24": avatar("small"),
      "16x16": avatar("xsmall"),
      "32x32": avatar("medium"),
    },
  };
}

export function issueTypeJson({ base, version }: View) {
  return {
    self: `${base}/rest/api/${version}/issuetype/${issueType.id}`,
    id: issueType.id,
    description: issueType.description,
    iconUrl: `${base}/images/icons/issuetypes/servicerequest.svg`,
    name: issueType.name,
    subtask: false,
    avatarId: 10300,
    hierarchyLevel: 0,
  };
}
