/** What MiniStack cannot deploy, and so does not see of the template. Each line says what it has not. */
const leftOut: { type: RegExp; when?: (properties: Properties) => boolean; because: string }[] = [
  {
    type: /^AWS::CloudWatch::Alarm$/,
    when: (properties) => "Metrics" in properties,
    because: "MiniStack has no metric math in alarms",
  },
  { type: /^AWS::CloudWatch::CompositeAlarm$/, because: "MiniStack has no composite alarms" },
  { type: /^AWS::CodeDeploy::/, because: "MiniStack has no CodeDeploy" },
  {
    type: /^AWS::StepFunctions::StateMachine(Alias|Version)$/,
    because: "MiniStack's CloudFormation has no versions and aliases of state machines",
  },
];

type Properties = Record<string, unknown>;
type Resource = { Type: string; Properties?: Properties; DependsOn?: unknown; UpdatePolicy?: unknown };
export type Template = { Resources: Record<string, Resource> };

export type LeftOut = { id: string; type: string; because: string };

/**
 * The template without what MiniStack cannot deploy; the very same where there is nothing of the kind. What watches over something
 * that is left out goes with it; anything else that needs it is an error.
 *
 * @throws Error that names what needs a resource which is left out
 */
export function withoutUnknown(template: Template): { template: Template; leftOut: LeftOut[] } {
  nameAliases(template);
  const found = Object.entries(template.Resources).flatMap(([id, { Type, Properties = {} }]): LeftOut[] => {
    const reason = leftOut.find(({ type, when = () => true }) => type.test(Type) && when(Properties));
    return reason ? [{ id, type: Type, because: reason.because }] : [];
  });
  if (found.length === 0) return { template, leftOut: [] };
  const gone = new Set(found.map(({ id }) => id));
  for (const [id, resource] of Object.entries(template.Resources)) {
    if (gone.has(id)) continue;
    const needed = namesIn([resource.Properties, resource.DependsOn]).find((name) => gone.has(name));
    if (needed === undefined) continue;
    if (!resource.Type.startsWith("AWS::CloudWatch::"))
      throw new Error(`${id} (${resource.Type}) needs ${needed}, which MiniStack cannot deploy`);
    gone.add(id);
    found.push({ id, type: resource.Type, because: `it watches over ${needed}` });
  }
  const kept = Object.entries(template.Resources)
    .filter(([id]) => !gone.has(id))
    .map(([id, { UpdatePolicy, ...resource }]): [string, Resource] => {
      const isWhole = UpdatePolicy !== undefined && !namesIn(UpdatePolicy).some((name) => gone.has(name));
      return [id, isWhole ? { ...resource, UpdatePolicy } : resource];
    });
  return { template: { ...template, Resources: Object.fromEntries(kept) }, leftOut: found };
}

/** Writes the ARNs of the state machines' aliases to where they are referred to, as AWS makes them: the machine's and the name. */
function nameAliases({ Resources }: Template): void {
  for (const [alias, { Type, Properties = {} }] of Object.entries(Resources)) {
    if (Type !== "AWS::StepFunctions::StateMachineAlias") continue;
    const machine = Object.entries(Resources).find(
      ([id, resource]) =>
        resource.Type === "AWS::StepFunctions::StateMachine" &&
        namesIn(versionOf(Properties, Resources)).includes(id),
    )?.[0];
    const arn = { "Fn::Join": [":", [{ Ref: machine }, Properties.Name]] };
    const walk = (value: unknown): unknown => {
      if (Array.isArray(value)) return value.map(walk);
      if (typeof value !== "object" || value === null) return value;
      if ("Ref" in value && value.Ref === alias) return arn;
      return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, walk(part)]));
    };
    for (const resource of Object.values(Resources))
      if (resource.Properties) resource.Properties = walk(resource.Properties) as Properties;
  }
}

/** The version that an alias leads to. */
function versionOf(alias: Properties, resources: Template["Resources"]): unknown {
  return namesIn(alias).map((name) =>
    resources[name]?.Type === "AWS::StepFunctions::StateMachineVersion"
      ? resources[name].Properties
      : undefined,
  );
}

/** The logical ids that intrinsic functions and DependsOn name. */
function namesIn(value: unknown): string[] {
  if (typeof value === "string") return [value];
  if (Array.isArray(value)) return value.flatMap(namesIn);
  return typeof value === "object" && value !== null ? Object.values(value).flatMap(namesIn) : [];
}
