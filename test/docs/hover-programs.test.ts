import { isDeepStrictEqual } from "node:util";
import ts from "typescript";
import { read } from "../support/documents";
import { Editor, within } from "../support/editor";

// In a normal program, an editor shows the meaning of each input, its default and the effect of a change, also for inputs that only one of
// several alternatives has. It shows the meaning of each output, inherited ones too.

// The compiler reads all of Pulumi's types.
jest.setTimeout(300_000);

const program = `
import { getTarget, listExecutions, listTargets, ZitadelExecution, ZitadelTarget, ZitadelTargetPublicKey } from "pulumi-zitadel-actions";

const common = new ZitadelTarget("a", {
  name: "a", endpoint: "https://example.com", timeout: "1s", restWebhook: { interruptOnError: true },
  payloadType: "PAYLOAD_TYPE_JSON", rotationTriggers: [1], rotationStrategy: "inPlace", adopt: true, instance: "eu",
});
new ZitadelTarget("b", { endpoint: "https://example.com", timeout: "1s", restCall: { interruptOnError: true } });
new ZitadelTarget("c", { endpoint: "https://example.com", timeout: "1s", restAsync: {} });

const one = new ZitadelExecution("a", {
  condition: { request: { method: "/a.B/C" } }, targets: [common.id], allowLockout: true, adopt: true, instance: "eu",
});
new ZitadelExecution("b", { condition: { response: { service: "a.B" } }, targets: [] });
new ZitadelExecution("c", { condition: { request: { all: true } }, targets: [] });
new ZitadelExecution("d", { condition: { function: { name: "preuserinfo" } }, targets: [] });
new ZitadelExecution("e", { condition: { event: { event: "user.added" } }, targets: [] });
new ZitadelExecution("f", { condition: { event: { group: "user" } }, targets: [] });
new ZitadelExecution("g", { condition: { event: { all: true } }, targets: [] });

const key = new ZitadelTargetPublicKey("a", {
  targetId: common.id, publicKey: "…", expirationDate: "2027-01-31T00:00:00Z", active: true, adopt: true, instance: "eu",
});

void getTarget({ id: "1" }, { instance: "eu" });
void getTarget({ name: "a" });
void listTargets({ instance: "eu", filters: [
  { targetNameFilter: { targetName: "a", method: "TEXT_FILTER_METHOD_CONTAINS" } }, { inTargetIdsFilter: { targetIds: ["1"] } },
] });
void listExecutions({ filters: [
  { executionTypeFilter: { executionType: "EXECUTION_TYPE_EVENT" } }, { targetFilter: { targetId: "1" } },
  { inConditionsFilter: { conditions: [{ event: { all: true } }] } },
] });
`;

/** As the program, with each output of each resource named. */
function withOutputs(): string {
  const { program: compiled, source } = new Editor(program);
  const checker = compiled.getTypeChecker();
  const variables = within(source).filter(ts.isVariableDeclaration);
  const lines = variables.flatMap(({ name }) =>
    checker
      .getTypeAtLocation(name)
      .getProperties()
      .map((output) => `void ${name.getText()}.${output.name};`),
  );
  return program + lines.filter((line) => !line.includes("__")).join("\n");
}

const editor = new Editor(withOutputs());
const nodes = within(editor.source);

/** The inputs of the resources that the program declares, each once for each time that it is given. */
const inputs = nodes.filter(ts.isNewExpression).flatMap((declared) => {
  const [, args] = declared.arguments ?? [];
  if (args === undefined || !ts.isObjectLiteralExpression(args)) return [];
  return args.properties.filter(ts.isPropertyAssignment).map(({ name }) => ({ declared, name }));
});

test("the program compiles, and gives every input there is", () => {
  expect(editor.complaints()).toEqual([]);
  const resources = Map.groupBy(inputs, ({ declared }) => declared.expression.getText());
  expect(resources.size).toBe(3);
  for (const given of resources.values()) {
    const known = given.flatMap(({ declared }) => alternatives(declared)).flatMap((type) => type.getProperties());
    const names = new Set(given.map(({ name }) => name.getText()));
    expect([...names].sort()).toEqual([...new Set(known.map(({ name }) => name))].sort());
  }
});

/** What resources may be given: the type of the second argument, in all its alternatives. */
function alternatives(declared: ts.NewExpression): readonly ts.Type[] {
  const checker = editor.program.getTypeChecker();
  const args = checker.getResolvedSignature(declared)?.parameters[1];
  if (args === undefined) throw new Error("a resource without arguments");
  const type = checker.getTypeOfSymbol(args);
  return (type.isUnion() ? type.types : [type]).filter((one) => !isMarker(one));
}

/** Whether no program can make it: it is there for the compiler's messages. */
function isMarker(type: ts.Type): boolean {
  return type.getProperties().some(({ name }) => name.startsWith("__@setExactlyOne"));
}

/** Whether an input may be left out, in the alternatives that do not rule it out. */
function isOptional(declared: ts.NewExpression, name: string): boolean {
  const checker = editor.program.getTypeChecker();
  const allowed = alternatives(declared)
    .map((type) => type.getProperty(name))
    .filter((symbol) => symbol !== undefined)
    .filter((symbol) => (checker.getNonNullableType(checker.getTypeOfSymbol(symbol)).flags & ts.TypeFlags.Never) === 0);
  return allowed.every((symbol) => (symbol.flags & ts.SymbolFlags.Optional) !== 0);
}

test("each input says what it means and what a change does, and its default if it may be left out", () => {
  const silent = inputs.flatMap(({ declared, name }) => {
    const { text, tags } = editor.hover(name);
    const has = { text: text !== "", change: tags.has("change"), default: tags.has("default") };
    const wants = { text: true, change: true, default: isOptional(declared, name.getText()) };
    return isDeepStrictEqual(has, wants) ? [] : [{ name: name.getText(), has, wants }];
  });
  expect(silent).toEqual([]);
  expect(inputs.length).toBeGreaterThan(30);
});

test("each property of an object within says what it means", () => {
  const properties = nodes.filter(ts.isPropertyAssignment);
  const silent = properties.filter(({ name }) => editor.hover(name).text === "");
  expect(silent.map((property) => property.getText())).toEqual([]);
  const names = new Set(properties.map(({ name }) => name.getText()));
  for (const name of ["interruptOnError", "method", "service", "group", "targetName", "conditions"])
    expect(names).toContain(name);
});

test("each output says what it means, and which one is a secret", () => {
  const outputs = nodes
    .filter(ts.isVoidExpression)
    .map(({ expression }) => expression)
    .filter(ts.isPropertyAccessExpression);
  const hovers = outputs.map(({ name }) => ({ name: name.getText(), ...editor.hover(name) }));
  expect(hovers.filter(({ text }) => text === "").map(({ name }) => name)).toEqual([]);
  expect(hovers.filter(({ tags }) => tags.has("secret")).map(({ name }) => name)).toEqual(["signingKey"]);
  expect(hovers.filter(({ name }) => name === "id")).toHaveLength(3);
  expect(hovers.length).toBeGreaterThan(30);
});

test("a class and a function say what they are, with an example", () => {
  const called = nodes
    .filter((node) => ts.isNewExpression(node) || ts.isCallExpression(node))
    .map(({ expression }) => expression)
    .filter(ts.isIdentifier);
  const imported = nodes.filter(ts.isImportSpecifier).map(({ name }) => name);
  expect(called.filter((name) => editor.hover(name).text === "").map((name) => name.text)).toEqual([]);
  expect(imported).toHaveLength(6);
  for (const name of imported) expect(editor.hover(name).tags.get("example")).toContain("pulumi-zitadel-actions");
});

test("the name of a resource, where it is declared, describes it and links to its page", () => {
  const links = nodes
    .filter(ts.isNewExpression)
    .map(({ expression }) => editor.hover(expression).text)
    .map((text) => /^Declares .{80,}https:\/\/unpkg\.com\/pulumi-zitadel-actions\/(\S+)$/s.exec(text)?.[1]);
  const pages = ["docs/resources/target.md", "docs/resources/execution.md", "docs/resources/public-key.md"];
  expect(new Set(links)).toEqual(new Set(pages));
  for (const page of pages) expect(read(page).text).toContain("## Inputs");
});
