import * as v from "valibot";
import { object, record } from "../../json-schemas.ts";
import { parse, strictObject, TemplateError } from "../template/parse.ts";
import { conditionOperators } from "./policy-matching.ts";

type Patterns = { patterns: string[] /** From NotAction or NotResource. */; negated: boolean };

/** One statement of a policy, with lists where the JSON may have single values. */
export type Statement = {
  effect: "Allow" | "Deny";
  actions: Patterns;
  resources: Patterns;
  conditions: { operator: keyof typeof conditionOperators; key: string; values: string[] }[];
};

const oneOrMore = v.union([v.string(), v.array(v.string())]);
const conditionValue = v.union([v.string(), v.number(), v.boolean()]);
const documentShape = object({
  Statement: v.array(
    strictObject({
      Sid: v.optional(v.string()),
      Effect: v.picklist(["Allow", "Deny"]),
      Action: v.optional(oneOrMore),
      NotAction: v.optional(oneOrMore),
      Resource: v.optional(oneOrMore),
      NotResource: v.optional(oneOrMore),
      Condition: v.optional(record(record(v.union([conditionValue, v.array(conditionValue)])))),
    }),
  ),
});

/** The statements of a policy document. Throws `TemplateError` for what the evaluation does not know. */
export function statementsOf(document: unknown, where: string): Statement[] {
  return parse(documentShape, document, where).Statement.map((statement, index) => {
    const at = `${where}.Statement.${index}`;
    const { Action, NotAction, Resource, NotResource, Condition = {} } = statement;
    return {
      effect: statement.Effect,
      actions: patterns(Action, NotAction, `${at}.Action`),
      resources: patterns(Resource, NotResource, `${at}.Resource`),
      conditions: Object.entries(Condition).flatMap(([operator, tests]) => {
        if (!isOperator(operator))
          throw new TemplateError(
            `${at}: the local runtime does not know the condition operator ${operator}`,
          );
        return Object.entries(tests).map(([key, values]) => ({
          operator,
          key,
          values: [values].flat().map(String),
        }));
      }),
    };
  });
}

/** The statements of an AWS managed policy that roles may have. */
export function managedPolicy(arn: string, where: string): Statement[] {
  const statements = managedPolicies[arn];
  if (!statements)
    throw new TemplateError(`${where}: the local runtime does not know the managed policy ${arn}`);
  return statementsOf({ Statement: statements }, where);
}

const managedPolicies: Record<string, object[]> = {
  "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole": [
    {
      Effect: "Allow",
      Action: ["logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents"],
      Resource: "*",
    },
  ],
};

function patterns(
  plain: string | string[] | undefined,
  not: string | string[] | undefined,
  at: string,
): Patterns {
  const values = [plain ?? not ?? []].flat();
  if (values.length === 0 || (plain && not))
    throw new TemplateError(`${at}: one of it or its Not form is needed`);
  const variable = values.find((value) => value.includes("${"));
  if (variable) throw new TemplateError(`${at}: policy variables are not known: ${variable}`);
  return { patterns: values, negated: plain === undefined };
}

function isOperator(operator: string): operator is keyof typeof conditionOperators {
  return Object.hasOwn(conditionOperators, operator);
}
