import * as v from "valibot";
import { strictObject, TemplateError } from "../template/parse.ts";
import type { StackReader } from "../template/stack-reader.ts";
import type { Role } from "./permissions.ts";
import { managedPolicy, statementsOf } from "./policy-statements.ts";

const roleShape = strictObject({
  AssumeRolePolicyDocument: v.unknown(),
  Policies: v.optional(v.array(strictObject({ PolicyName: v.string(), PolicyDocument: v.unknown() }))),
  ManagedPolicyArns: v.optional(v.array(v.string())),
});
const policyShape = strictObject({
  PolicyName: v.string(),
  PolicyDocument: v.unknown(),
  Roles: v.optional(v.array(v.string())),
});

/** The roles of a template with the policies that are part of them or attached to them. Trust policies are not looked at. */
export function readRoles(reader: StackReader): Role[] {
  const policies = reader.all("AWS::IAM::Policy", policyShape);
  const ignored = ["RoleName", "Path", "Description", "MaxSessionDuration", "Tags"];
  const roles = reader.all("AWS::IAM::Role", roleShape, ignored).map(({ resource, properties }): Role => {
    const { logicalId } = resource;
    const { name, arn } = reader.named(resource, "Arn");
    const attached = policies.filter((policy) => policy.properties.Roles?.includes(name));
    return {
      name,
      arn,
      statements: [
        ...(properties.ManagedPolicyArns ?? []).flatMap((managed) => managedPolicy(managed, logicalId)),
        ...(properties.Policies ?? []).flatMap((policy) =>
          statementsOf(policy.PolicyDocument, `${logicalId}.${policy.PolicyName}`),
        ),
        ...attached.flatMap((policy) =>
          statementsOf(policy.properties.PolicyDocument, policy.resource.logicalId),
        ),
      ],
    };
  });
  for (const { resource, properties } of policies)
    for (const name of properties.Roles ?? [])
      if (!roles.some((role) => role.name === name))
        throw new TemplateError(`${resource.logicalId}: the template has no role ${name}`);
  return roles;
}
