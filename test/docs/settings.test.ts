import { settings } from "../../provider/settings/names";
import { environmentHelp } from "../../cli/environment";
import { read } from "../support/documents";

// The table in docs/settings.md has every setting, with its variable, and says which of them are secrets.

const rows = read("docs/settings.md")
  .text.split("\n")
  .filter((line) => line.startsWith("| `zitadel-actions:"))
  .map((line) => line.split("|").slice(1, 3));
const found = rows.flatMap(([stack = "", environment = ""]) => {
  const variables = [...environment.matchAll(/`(ZITADEL_\w+)`/g)].map(([, variable]) => variable);
  const keys = [...stack.matchAll(/`zitadel-actions:(\w+)`( \(secret\))?/g)];
  return keys.map(([, key, mark], index) => ({ key, variable: variables[index], isSecret: mark !== undefined }));
});

test("every setting has its row in docs/settings.md, with its variable, and is marked if it is a secret", () => {
  const declared = Object.entries(settings).map(([key, { variable, isSecret }]) => ({
    key,
    variable,
    // Of an object, only parts can be secrets.
    isSecret: isSecret === true && variable !== undefined,
  }));
  const instances = { key: "instances", variable: undefined, isSecret: false };
  const byKey = (one: { key: string | undefined }, other: { key: string | undefined }) =>
    String(one.key).localeCompare(String(other.key));
  expect(found.sort(byKey)).toEqual([...declared, instances].sort(byKey));
});

test("every variable is in the commands' help, except the limit of writes, which no command needs", () => {
  const variables = Object.values(settings).flatMap(({ variable }) => variable ?? []);
  expect(variables.filter((variable) => !environmentHelp.includes(variable))).toEqual([
    "ZITADEL_MAX_CONCURRENT_WRITES",
  ]);
});
