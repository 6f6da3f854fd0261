import { Editor } from "../support/editor";

// What the compiler and an editor say to somebody who writes a program: TypeScript prints these texts as errors.

// The compiler reads all of Pulumi's types.
jest.setTimeout(300_000);

const target = (args: string) =>
  `new ZitadelTarget("hook", { endpoint: "https://example.com", timeout: "10s", ${args} });`;
const execution = (condition: string) => `new ZitadelExecution("on", { condition: ${condition}, targets: ["1"] });`;

/** What the compiler has against a program with this in it. */
function complaint(line: string): string {
  const editor = new Editor(`import { ZitadelExecution, ZitadelTarget } from "pulumi-zitadel-actions";\n${line}\n`);
  return editor.complaints().join("\n");
}

const kinds = `Property '[setExactlyOne]' is missing in type '{ endpoint: string; timeout: string; KIND}' but required in type 'SetExactlyOneOf<"restWebhook" | "restCall" | "restAsync">'.`;

test.each([
  ["no kind of target", target(""), kinds.replace("KIND", "")],
  [
    "two kinds of target",
    target("restWebhook: {}, restAsync: {}"),
    kinds.replace("KIND", "restWebhook: {}; restAsync: {}; "),
  ],
  [
    "an option of a kind that has none",
    target("restAsync: { interruptOnError: true }"),
    "Object literal may only specify known properties, and 'interruptOnError' does not exist in type 'Input<NoOptions>'.",
  ],
  [
    "a misspelt kind",
    target("restWebhok: {}"),
    "but 'restWebhok' does not exist in type 'ZitadelTargetArgs'. Did you mean to write 'restWebhook'?",
  ],
  [
    "a wrong type",
    target("restAsync: {}, name: 1"),
    "Type 'number' is not assignable to type 'Input<string> | undefined'.",
  ],
  [
    "a condition that says nothing of the call",
    execution("{ request: {} }"),
    `Type '{}' is not assignable to type 'OneOf<"method" | "service" | "all", CallWords>'.`,
  ],
  [
    "a condition that says two things of the call",
    execution('{ request: { method: "/a.B/C", service: "a.B" } }'),
    `but required in type 'SetExactlyOneOf<"method" | "service" | "all">'.`,
  ],
  [
    "two conditions",
    execution("{ request: { all: true }, event: { all: true } }"),
    `required in type 'SetExactlyOneOf<"function" | "request" | "response" | "event">'.`,
  ],
  ["a misspelt word of a condition", execution('{ request: { methd: "/a.B/C" } }'), "Did you mean to write 'method'?"],
  ["a function without its name", execution("{ function: {} }"), "Property 'name' is missing in type '{}'"],
])("%s: the compiler names the choice", (_case, line, expected) => {
  expect(complaint(line)).toContain(expected);
});

test.each([
  ["the kinds of targets", target("@"), ["restWebhook", "restCall", "restAsync", "payloadType"]],
  ["what can trigger an execution", execution("{ @ }"), ["request", "response", "function", "event"]],
  ["what a call is", execution("{ request: { @ } }"), ["method", "service", "all"]],
  [
    "the methods that a server knows",
    execution('{ request: { method: "@" } }'),
    ["/zitadel.session.v2.SessionService/CreateSession", "/zitadel.user.v2.UserService/AddHumanUser"],
  ],
  ["its services", execution('{ response: { service: "@" } }'), ["zitadel.session.v2.SessionService"]],
  ["its functions", execution('{ function: { name: "@" } }'), ["preuserinfo", "preaccesstoken", "presamlresponse"]],
  ["the types of events", execution('{ event: { event: "@" } }'), ["user.human.added", "session.added"]],
  ["their groups", execution('{ event: { group: "@" } }'), ["user", "user.human", "session"]],
])("%s: an editor offers them", (_case, line, expected) => {
  const code = `import { ZitadelExecution, ZitadelTarget } from "pulumi-zitadel-actions";\n${line}\n`;
  const offered = new Editor(code.replace("@", "")).completions(code.indexOf("@"));
  for (const word of expected) expect(offered).toContain(word);
  expect(offered).not.toContain("[setExactlyOne]");
});

test("other words are permitted: a server may be newer than this list", () => {
  expect(complaint(execution('{ request: { method: "/zitadel.new.v9.NewService/New" } }'))).toBe("");
  expect(complaint(execution("{ event: { group: String(process.env) } }"))).toBe("");
});
