import type { AwsServices } from "../endpoint/services.ts";
import type { BackgroundInvocations } from "../functions/background-invocations.ts";
import type { InvokePermission } from "../functions/function-definition.ts";
import type { Permissions } from "../permissions/permissions.ts";
import { matches } from "../permissions/policy-matching.ts";
import type { StartTarget } from "./schedules.ts";

/**
 * Starts a function or an execution as EventBridge does: with the target's role, or for a rule's function with the
 * function's resource policy. Throws when that does not allow it.
 */
export function startTargets(options: {
  services: AwsServices;
  background: BackgroundInvocations;
  permissions: Permissions;
  invokePermissions: InvokePermission[];
}): StartTarget {
  const { services, background, permissions, invokePermissions } = options;

  return async (schedule, target, input, executionName) => {
    const role = target.roleArn === undefined ? undefined : permissions.role(target.roleArn);
    const caller = role && { role, session: schedule.name };
    if (target.arn.includes(":stateMachine:")) {
      if (!caller) throw new Error("the template does not have the target's role");
      const start = { stateMachineArn: target.arn, name: executionName, input: JSON.stringify(input) };
      await services.call(caller, "sfn", "StartExecution", start).catch((error: unknown) => {
        // The run before a kill had got so far.
        if (!(error instanceof Error) || error.name !== "ExecutionAlreadyExists") throw error;
      });
      return;
    }
    if (caller)
      permissions.demand(caller.role, caller.session, {
        action: "lambda:InvokeFunction",
        resources: [target.arn],
      });
    else if (
      !invokePermissions.some(
        ({ functionArn, principal, sourceArn }) =>
          functionArn === target.arn &&
          principal === "events.amazonaws.com" &&
          (sourceArn === undefined || matches(sourceArn, schedule.arn)),
      )
    )
      throw new Error("the template does not let EventBridge call it (AWS::Lambda::Permission)");
    background.add(target.arn, input);
  };
}
