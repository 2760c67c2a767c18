import { expect, test } from "vitest";
import { readQueues } from "../../../local/runtime/queues/queue-definition.ts";
import { StackReader } from "../../../local/runtime/template/stack-reader.ts";
import { Template } from "../../../local/runtime/template/template.ts";

const place = {
  region: "eu-west-1",
  account: "000000000000",
  stackName: "Shop",
  awsUrl: "http://127.0.0.1:4566",
  apiUrl: "http://127.0.0.1:8080",
};

/** What an expression gives in a template with some resources. */
function resolve(expression: unknown, more: Record<string, unknown> = {}): unknown {
  const template = new Template(
    {
      Parameters: { Colour: { Type: "String", Default: "green" }, Empty: { Type: "String" } },
      Resources: {
        Orders: { Type: "AWS::SQS::Queue", Properties: { QueueName: "orders.fifo", FifoQueue: true } },
        Table: { Type: "AWS::DynamoDB::Table" },
        Topic: { Type: "AWS::SNS::Topic" },
      },
      ...more,
    },
    place,
  );
  return template.resolve(expression, "Test");
}

test.each([
  [{ Ref: "AWS::Region" }, "eu-west-1"],
  [{ Ref: "AWS::AccountId" }, "000000000000"],
  [{ Ref: "AWS::Partition" }, "aws"],
  [{ Ref: "AWS::StackName" }, "Shop"],
  [{ Ref: "AWS::URLSuffix" }, "amazonaws.com"],
  [{ Ref: "Colour" }, "green"],
  [{ Ref: "Orders" }, "http://127.0.0.1:4566/000000000000/orders.fifo"],
  [{ Ref: "Table" }, "Shop-Table"],
  [{ Ref: "Topic" }, "arn:aws:sns:eu-west-1:000000000000:Shop-Topic"],
  [{ "Fn::GetAtt": ["Orders", "Arn"] }, "arn:aws:sqs:eu-west-1:000000000000:orders.fifo"],
  [{ "Fn::GetAtt": "Table.Arn" }, "arn:aws:dynamodb:eu-west-1:000000000000:table/Shop-Table"],
  [{ "Fn::Join": ["-", ["a", { Ref: "Colour" }, 3]] }, "a-green-3"],
  [
    { "Fn::Sub": "${Colour} ${Table.Arn} ${!kept}" },
    "green arn:aws:dynamodb:eu-west-1:000000000000:table/Shop-Table ${kept}",
  ],
  [{ "Fn::Sub": ["${A}/${AWS::Region}", { A: { Ref: "Colour" } }] }, "green/eu-west-1"],
  [{ "Fn::Select": [1, { "Fn::Split": [",", "a,b,c"] }] }, "b"],
  [{ "Fn::Select": ["5", { "Fn::Split": [":", { "Fn::GetAtt": ["Orders", "Arn"] }] }] }, "orders.fifo"],
  [{ a: [{ Ref: "AWS::NoValue" }, 1], b: { Ref: "AWS::NoValue" } }, { a: [1] }],
])("%j is worked out as CloudFormation does", (expression, expected) => {
  expect(resolve(expression)).toEqual(expected);
});

test("conditions choose values and resources", () => {
  const conditions = {
    Conditions: {
      IsGreen: { "Fn::Equals": [{ Ref: "Colour" }, "green"] },
      IsRed: { "Fn::Not": [{ Condition: "IsGreen" }] },
      Both: { "Fn::And": [{ Condition: "IsGreen" }, { Condition: "IsRed" }] },
      Either: { "Fn::Or": [{ Condition: "IsGreen" }, { Condition: "IsRed" }] },
    },
    Resources: { Only: { Type: "AWS::SNS::Topic", Condition: "IsRed" } },
  };
  expect(resolve({ "Fn::If": ["Either", "yes", "no"] }, conditions)).toBe("yes");
  expect(resolve({ a: { "Fn::If": ["Both", "yes", { Ref: "AWS::NoValue" }] } }, conditions)).toEqual({});
  expect(() => resolve({ Ref: "Only" }, conditions)).toThrow("Test: there is no resource or parameter Only");
});

test.each([
  [{ "Fn::ImportValue": "x" }, "Test.deep[0]: the local runtime does not know the function Fn::ImportValue"],
  [{ "Fn::GetAtt": ["Table", "StreamArn"] }, "does not know the attribute StreamArn of Table"],
  [{ Ref: "Nobody" }, "there is no resource or parameter Nobody"],
  [{ Ref: "constructor" }, "there is no resource or parameter constructor"],
  [{ Ref: "Empty" }, "the parameter Empty has no default value"],
  [{ Ref: "Table", Other: 1 }, "Ref stands beside other keys"],
  [{ "Fn::Join": ["-"] }, "Fn::Join needs a list of 2"],
  [{ "Fn::Join": ["-", [{ a: 1 }]] }, "Fn::Join needs a string here"],
  [{ "Fn::Select": [7, ["a"]] }, "Fn::Select finds nothing at 7"],
  [{ "Fn::If": ["Nope", 1, 2] }, "there is no condition Nope"],
  ["{{resolve:ssm:/x}}", "dynamic references"],
])("%j is refused, saying where", (expression, message) => {
  expect(() => resolve({ deep: [expression] })).toThrow(message);
});

test("an unknown resource type is refused", () => {
  const template = { Resources: { Site: { Type: "AWS::CloudFront::Distribution" } } };
  expect(() => new Template(template, place)).toThrow(
    "does not know the resource type AWS::CloudFront::Distribution",
  );
});

/** What the template's readers make of a queue with these properties. */
function readQueue(properties: object) {
  const template = { Resources: { Orders: { Type: "AWS::SQS::Queue", Properties: properties } } };
  return readQueues(new StackReader(template, place, { dir: ".", manifest: { files: {} } }));
}

test("a resource that is wrong in many places is refused with every one of them", () => {
  const properties = {
    Colour: "green",
    Size: 4,
    DelaySeconds: "soon",
    DeduplicationScope: "world",
    RedrivePolicy: { maxReceiveCount: [3], after: 1, deadline: 2 },
  };
  const problems = [
    ".DeduplicationScope: only queue or messageGroup is known",
    ".DelaySeconds: should be number",
    ".RedrivePolicy.deadLetterTargetArn: is missing",
    ".RedrivePolicy.maxReceiveCount: should be number or string",
    ".RedrivePolicy: the local runtime does not know after, deadline",
    ": the local runtime does not know Colour, Size",
  ];
  expect(() => readQueue(properties)).toThrow(
    problems.map((problem) => `Orders (AWS::SQS::Queue)${problem}`).join("; "),
  );
});

test("a list where an object belongs is refused", () => {
  const refusal = "Invalid type: Expected Object but received Array";
  expect(() => readQueue([])).toThrow(`template.Resources.Orders.Properties: ${refusal}`);
  expect(() => readQueue({ RedrivePolicy: [] })).toThrow(
    `Orders (AWS::SQS::Queue).RedrivePolicy: ${refusal}`,
  );
});

test("names that depend on each other are refused instead of going round in circles", () => {
  const named = (other: string) => ({ Type: "AWS::SNS::Topic", Properties: { TopicName: { Ref: other } } });
  const template = new Template({ Resources: { A: named("B"), B: named("A") } }, place);
  expect(() => template.reference("A")).toThrow("depends on itself");
});

test("a name is made up from stack and logical id, within AWS's limits and always the same", () => {
  const id = "AVeryLongLogicalIdentifierThatIsLongerThanWhatAQueueNameMayHaveInTheCloud1234";
  const resources = {
    [id]: { Type: "AWS::SQS::Queue", Properties: { FifoQueue: true } },
    Short: { Type: "AWS::SQS::Queue", Properties: { FifoQueue: true } },
  };
  const name = new Template({ Resources: resources }, place).name(id);
  expect(name).toHaveLength(80);
  expect(name).toMatch(/^Shop-AVeryLong.*-[0-9a-f]{8}\.fifo$/);
  expect(new Template({ Resources: resources }, place).name(id)).toBe(name);
  expect(new Template({ Resources: resources }, place).name("Short")).toBe("Shop-Short.fifo");
});
