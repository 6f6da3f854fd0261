import { execFileSync } from "node:child_process";
import { fieldName, hasFields, noFields } from "../webhook/message-fields";

// What receivers and the mock server assume about all messages, compared with the descriptors of ZITADEL's API.

interface Fields {
  /** The fields of the messages that methods take and return. */
  readonly ofMethods: readonly string[];
  /** The name of each field in JSON, with its other name. */
  readonly names: readonly (readonly [string, string])[];
  /** The maps, and the fields with a struct. */
  readonly ofAnyNames: readonly string[];
}

// The descriptors are ECMAScript modules, which Jest does not load.
const script = `
  import { globSync } from "node:fs";
  const [ofMethods, ofAnyNames, names] = [new Set(), new Set(), new Map()];
  const look = ({ fields, nestedMessages }) => {
    for (const { jsonName, name, fieldKind, message } of fields) {
      names.set(jsonName, name);
      if (fieldKind === "map" || message?.typeName === "google.protobuf.Struct") ofAnyNames.add(jsonName);
    }
    nestedMessages.forEach(look);
  };
  for (const path of globSync("node_modules/@zitadel/proto/es/zitadel/**/*_pb.js")) {
    const module = await import("./" + path);
    const { messages, services } = Object.values(module).find(({ kind }) => kind === "file");
    messages.forEach(look);
    for (const { input, output } of services.flatMap(({ methods }) => methods))
      for (const { jsonName, name } of [...input.fields, ...output.fields]) ofMethods.add(jsonName).add(name);
  }
  console.log(JSON.stringify({ ofMethods: [...ofMethods], ofAnyNames: [...ofAnyNames], names: [...names] }));
`;
const node = [process.execPath, ["--input-type=module", "--eval", script]] as const;
const fields = JSON.parse(execFileSync(...node, { encoding: "utf8" })) as Fields;

test("no method takes or returns a message with a member of a payload, or of an answer to a function", () => {
  expect(fields.ofMethods.length).toBeGreaterThan(100);
  expect(fields.ofMethods.filter((name) => noFields.includes(name))).toEqual([]);
});

test("the maps and structs are those whose members may have any names", () => {
  const found = fields.names.flat().filter((name) => !hasFields(name));
  expect(new Set(found.map(fieldName))).toEqual(new Set(fields.ofAnyNames));
});

test("both names of a field are the same to ZITADEL", () => {
  expect(fields.names.length).toBeGreaterThan(100);
  for (const [name, other] of fields.names) expect([fieldName(name), fieldName(other)]).toEqual([name, name]);
});
