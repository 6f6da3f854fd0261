import { METHODS } from "../../local/zitadel/executions/words";
import { commands } from "../../cli/run";
import { settingNames, variables as readVariables } from "../../provider/settings/names";
import { parseYaml } from "../../local/engine/sdk-location";
import { cli } from "../support/cli";
import { complaints } from "../support/compiled";
import { examplePages, pages, read, type Snippet, snippets } from "../support/documents";
import { type Known, unknownCommands } from "../support/shell";

// Every snippet in the documents compiles or parses, and names only things that exist. docs-programs and docs-server run those that are
// marked for it.

// The compiler reads all of Pulumi's types.
jest.setTimeout(300_000);

const documents = [read("README.md"), read("CONTRIBUTING.md"), read("bench/README.md"), ...pages(), ...examplePages()];
const all = documents.flatMap(snippets);
/** Not compiled here: test/package/frameworks installs what they import, and runs them. */
const isElsewhere = ({ marks: given }: Snippet): boolean => given.includes("installed");
const of = (...languages: string[]): Snippet[] => all.filter(({ language }) => languages.includes(language));

/** What tells the tests what to do with a snippet. */
const marks: Readonly<Record<string, readonly string[]>> = {
  ts: ["program", "test", "module", "installed", "instances"],
  sh: ["server"],
};
const languages = ["diff", "hcl", "json", "sh", "text", "ts", "yaml"];

test("every fence is of a language that is looked at, and marked with what is known", () => {
  const strange = all.filter(
    ({ language, marks: given }) =>
      !languages.includes(language) || given.some((mark) => marks[language]?.includes(mark) !== true),
  );
  expect(strange.map(({ place }) => place)).toEqual([]);
  expect(of("ts").length).toBeGreaterThan(10);
  // No fence is overlooked for its form.
  const opened = documents.flatMap(({ text }) => [...text.matchAll(/^ *```/gm)]);
  expect(opened).toHaveLength(2 * all.length);
});

describe("TypeScript", () => {
  test("compiles against the package", () => {
    expect(complaints(of("ts").filter((one) => !isElsewhere(one)))).toEqual([]);
  });

  test("that is wrong does not", () => {
    const wrong = {
      "an input that there is not":
        'new ZitadelTarget("a", { endpoint: "", timeout: "1s", restAsync: {}, colour: 1 });',
      "two kinds": 'new ZitadelTarget("a", { endpoint: "", timeout: "1s", restAsync: {}, restCall: {} });',
      "a name that is not exported": 'import { Target } from "pulumi-zitadel-actions"; new Target();',
      "a syntax that is none": "const = 1;",
    };
    const start = 'import { ZitadelTarget } from "pulumi-zitadel-actions";';
    const found = complaints(
      Object.entries(wrong).map(([place, code]) => ({ place, marks: [], code: `${start}\n${code}` })),
    );
    for (const place of Object.keys(wrong)) expect(found).toContainEqual(expect.stringContaining(`${place}, line 2: `));
  });
});

test("a test that starts a server stops it also if it fails: otherwise it never ends", () => {
  const starts = all.filter(
    ({ marks: given, code }) => given.includes("test") && /await startZitadel\(|createServer\(/.test(code),
  );
  expect(starts.length).toBeGreaterThan(5);
  const open = starts.filter(
    ({ code }) =>
      (code.match(/await startZitadel\(|createServer\(/g) ?? []).length !==
      (code.match(/t\.after\(\(\) => (zitadel\.stop|receiver\.close)\(/g) ?? []).length,
  );
  expect(open.map(({ place }) => place)).toEqual([]);
});

test("JSON and YAML parse", () => {
  expect(of("json", "yaml")).not.toEqual([]);
  for (const { code } of of("json")) expect(JSON.parse(code)).toBeInstanceOf(Object);
  for (const { code } of of("yaml")) expect(parseYaml(code)).toBeInstanceOf(Object);
  expect(() => parseYaml("a: [")).toThrow();
});

describe("shell", () => {
  const { scripts } = JSON.parse(read("package.json").text) as { scripts: Record<string, string> };
  const known: Known = { scripts: Object.keys(scripts), commands: {} };

  beforeAll(async () => {
    for (const args of [...Object.keys(commands).map((name) => [name, "--help"]), ["--help"], ["--version"]]) {
      const { code, stdout } = await cli(args);
      expect(code).toBe(0);
      Object.assign(known.commands, { [args[0] ?? ""]: stdout });
    }
  });

  test("names only what there is", () => {
    const written = of("sh").filter(({ marks: given }) => !given.includes("server"));
    expect(written.some(({ code }) => code.includes("pulumi up"))).toBe(true);
    expect(written.flatMap((one) => unknownCommands(one, known))).toEqual([]);
  });

  test("so does what is quoted in a line", () => {
    const quoted = documents.flatMap(({ path, text }) =>
      [...text.matchAll(/`((?:npm run|npx pulumi-zitadel-actions) [^`]+)`/g)].map(([, code = ""]) => ({
        place: path,
        code,
      })),
    );
    expect(quoted.flatMap((one) => unknownCommands(one, known))).toEqual([]);
    expect(quoted.length).toBeGreaterThan(5);
  });

  test.each([
    ["npm run nothing", "page:1: there is no script nothing"],
    ["npm ci && npm rum demo", "page:1: npm rum"],
    ["npx pulumi-zitadel-actions exprot", "page:1: there is no command pulumi-zitadel-actions exprot"],
    ["npx pulumi-zitadel-actions export --to a", "page:1: --to"],
    ["npx pulumi-zitadel-actions verify d.json --keyfile k", "page:1: --keyfile"],
    ["npx pulumi-zitadel-actions --versions", "page:1: there is no command pulumi-zitadel-actions --versions"],
    ["pulumi upp", "page:1: pulumi upp "],
    ["pulumi config set --secrets a b", "page:1: --secrets"],
    ["(umask 077 && pulumii up)", "page:1: there is no pulumii"],
    ['export A="$(pulumi stack outputs a)"', "page:1: pulumi stack outputs"],
    ['export A="$(cat a)"\nnodes a.ts', "page:1: there is no nodes"],
  ])("%s is found", (code, problem) => {
    expect(unknownCommands({ place: "page:1", code }, known)).toEqual([problem]);
  });
});

describe("words", () => {
  /** Settings, variables and methods that are named, and that there are not. */
  const strangers = (text: string): string[] => {
    const keys = settingNames as readonly string[];
    // What the receivers of the examples call theirs.
    const receivers = ["ZITADEL_SIGNING_KEY", "ZITADEL_SIGNING_KEYS", "ZITADEL_URL"];
    const variables: (string | undefined)[] = [...readVariables, ...receivers];
    const found = (pattern: RegExp) => [...text.matchAll(pattern)].map(([, word = ""]) => word);
    return [
      ...found(/(?<![\w/:])zitadel:([a-z]\w*)/g).filter((key) => !keys.includes(key)),
      ...found(/zitadel-actions:instances\.[\w-]+\.(\w+)/g).filter((key) => !keys.includes(key)),
      ...found(/\b(ZITADEL_[A-Z_]*[A-Z])\b/g).filter((name) => !variables.includes(name)),
      ...found(/(?<!\/)(\/zitadel(?:\.\w+)+\/\w+)/g).filter((method) => !METHODS.has(method)),
    ];
  };

  test("of settings and methods are those of the code", () => {
    expect(documents.flatMap(({ path, text }) => strangers(text).map((word) => `${path}: ${word}`))).toEqual([]);
  });

  test("that are misspelt are found", () => {
    expect(strangers("`zitadel:domian`")).toEqual(["domian"]);
    expect(strangers("zitadel-actions:instances.staging.acessToken")).toEqual(["acessToken"]);
    expect(strangers("ZITADEL_TOKEN=x")).toEqual(["ZITADEL_TOKEN"]);
    expect(strangers("`/zitadel.session.v2.SessionService/MakeSession`")).toHaveLength(1);
    expect(strangers("https://zitadel.com/docs")).toEqual([]);
  });
});
