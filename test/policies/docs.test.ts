import { rules } from "../../policies/index";
import { openStage } from "../support/deploy";
import { read, snippets } from "../support/documents";
import { against, againstStack, PackFolder, shippedPack, violations } from "../support/policies";

// docs/policies.md describes the rules as they are, and its examples work.

jest.setTimeout(120_000);
const page = read("docs/policies.md");
const only = (language: string): string => {
  const [found, ...others] = snippets(page).filter((one) => one.language === language && one.marks.length === 0);
  if (found === undefined || others.length > 0) throw new Error(`not one snippet of ${language}`);
  return found.code;
};
const config = JSON.parse(only("json")) as Record<string, Record<string, unknown>>;

/** The rows of a table below its head, cell by cell. */
const rows = (head: RegExp): string[][] => {
  const lines = page.text.split("\n");
  const start = lines.findIndex((line) => head.test(line));
  const length = lines.slice(start).findIndex((line) => !line.startsWith("|"));
  const bare = (cell: string) => cell.trim().replace(/^`(.*)`$/, "$1");
  return lines.slice(start + 2, start + length).map((line) => line.split("|").slice(1, -1).map(bare));
};

test("every rule is in the table, with its level", () => {
  const said = rows(/^\| rule +\| refuses/).map(([name, , level]) => ({ name, enforcementLevel: level }));
  expect(said).toEqual(rules.map(({ name, enforcementLevel }) => ({ name, enforcementLevel })));
});

test("so is every setting, with its default", () => {
  let rule = "";
  const said = rows(/^\| rule +\| setting/).map(([name = "", setting = "", value = ""]) => {
    if (name !== "") rule = name;
    return [rule, setting, JSON.parse(value) as unknown];
  });
  const settings = rules.flatMap(({ name, configSchema }) =>
    Object.entries(configSchema?.properties ?? {}).map(([setting, schema]) => [name, setting, schema.default]),
  );
  expect(said).toEqual(settings);
});

test("the example names every rule and every setting, and no rule has anything against it", async () => {
  expect(Object.keys(config)).toEqual(rules.map(({ name }) => name));
  for (const rule of rules) {
    const { enforcementLevel, ...settings } = config[rule.name] ?? {};
    expect(["mandatory", undefined]).toContain(enforcementLevel);
    expect(Object.keys(settings)).toEqual(Object.keys(rule.configSchema?.properties ?? {}));
    if ("validateStack" in rule) expect(await againstStack(rule, [], settings)).toEqual([]);
    const props = { endpoint: "https://hooks.example.com/", timeout: "5s", rotationTriggers: ["1"] };
    if ("validateResource" in rule) expect(await against(rule, { props }, settings)).toEqual([]);
  }
});

describe("with an engine", () => {
  const folder = new PackFolder();
  afterAll(() => folder.remove());
  const hook = { endpoint: "https://hooks.acme.example/", timeout: "6s", restWebhook: { interruptOnError: true } };
  const stages = async (pack: string, declared: Record<string, object>, given = {}) => {
    const stage = await openStage();
    try {
      stage.declare(declared);
      return violations((await stage.run("preview", folder.step(pack, given))).text);
    } finally {
      await stage.close();
    }
  };

  test("the example is a configuration that the engine takes", async () => {
    expect(await stages(shippedPack, { hook }, config)).toEqual([
      "mandatory zitadel-rotation hook",
      "mandatory zitadel-timeouts hook",
    ]);
  });

  test("the pack of somebody's own is one", async () => {
    const pack = await folder.pack(only("ts"), "index.ts");
    const rotated = { ...hook, rotationTriggers: ["1"] };
    const elsewhere = { ...rotated, name: "iam-hook", endpoint: "https://hooks.example.com/" };
    expect(await stages(pack, { hook: { ...rotated, name: "hook" }, elsewhere })).toEqual([
      "mandatory acme-target-names hook",
      "mandatory zitadel-endpoint-hosts elsewhere",
    ]);
  });
});
