import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { commands } from "../../cli/run";
import { binary, cli, spawned } from "../support/cli";

// Checks of every command: help, version, and input that it does not understand.

const manifest = JSON.parse(readFileSync(join(__dirname, "..", "..", "package.json"), "utf8")) as { version: string };
const names = Object.keys(commands);

test("--help names every command with what it does, in lines that fit a terminal", async () => {
  for (const args of [["--help"], ["-h"]]) {
    const { code, stdout, stderr } = await cli(args);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    for (const [name, { summary }] of Object.entries(commands)) {
      expect(stdout).toMatch(new RegExp(`^  ${name} +${summary}$`, "m"));
    }
    for (const line of stdout.split("\n")) expect(line.length).toBeLessThanOrEqual(80);
  }
});

test("--version is that of the package", async () => {
  expect(await cli(["--version"])).toEqual({ code: 0, stdout: `${manifest.version}\n`, stderr: "" });
});

describe.each(names)("%s --help", (name) => {
  const { help, options } = commands[name] ?? { help: "", options: {} };

  test("is printed, in lines that fit a terminal", async () => {
    expect(await cli([name, "--help"])).toEqual({ code: 0, stdout: `${help}\n`, stderr: "" });
    for (const line of help.split("\n")) expect(line.length).toBeLessThanOrEqual(80);
  });

  test("explains every option that is taken, and no other", () => {
    const explained = [...help.matchAll(/^ {2}(?:-h, )?--([\w-]+)/gm)].map(([, option = ""]) => option);
    expect(explained.toSorted()).toEqual([...Object.keys(options), "help"].toSorted());
  });

  test("has in its usage every option but --help", () => {
    const [usage = ""] = help.split("\n\n");
    const used = [...usage.matchAll(/--([\w-]+)/g)].map(([, option = ""]) => option);
    expect(used.toSorted()).toEqual(Object.keys(options).toSorted());
  });

  test("says what its exit codes mean", () => {
    const [, codes = ""] = /\nExit code: ([\s\S]*)$/.exec(help) ?? [];
    const listed = [...codes.matchAll(/(?:^|[,\s])(\d) [a-z]/g)].map(([, code]) => code);
    expect(listed.toSorted()).toEqual(["export", "zitadel"].includes(name) ? ["0", "1", "2"] : ["0", "1", "2", "3"]);
  });
});

test.each([
  ["exprot", 'Unknown command "exprot". Did you mean export?'],
  ["doktor", 'Unknown command "doktor". Did you mean doctor?'],
  ["help", 'Unknown command "help". Did you mean --help?'],
  ["-version", 'Unknown command "-version". Did you mean --version?'],
  ["banana-split", 'Unknown command "banana-split".'],
  ["lZlcjRmi3vU2QgHsIM0cjfgAAfafJ1OF4IHf", "Unknown command."],
  ["constructor", 'Unknown command "constructor".'],
  ["a\u001b[31m\nb", 'Unknown command "a\\u001b[31m\\nb".'],
])("the command %j is unknown, and the closest is named", async (name, said) => {
  const { code, stdout, stderr } = await cli([name]);
  expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
  expect(stderr).toMatch(/^.*\n\nUsage: npx pulumi-zitadel-actions <command> \[options\]\n/);
  expect(stderr.split("\n")[0]).toBe(said);
});

test.each([
  [["export", "--jsno"], "Unknown option '--jsno'. Did you mean --json?"],
  [["doctor", "--remvoe=secret-of-mine", "x"], "Unknown option '--remvoe'. Did you mean --remove?"],
  [["doctor", "--json", "--hepl"], "Unknown option '--hepl'. Did you mean --help?"],
  [["export", "--banana-split", "secret-of-mine"], "Unknown option '--banana-split'."],
  [["export", "-x"], "Unknown option '-x'."],
])("of %j an option is unknown, and the closest is named; no value is repeated", async (args, said) => {
  const { code, stdout, stderr } = await cli(args);
  expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
  const usage = commands[args[0] ?? ""]?.help.split("\n\n")[0] ?? "";
  expect(stderr).toBe(`${said}\n\n${usage}\n\nFor details, run npx pulumi-zitadel-actions ${args[0] ?? ""} --help.\n`);
  expect(stderr).not.toContain("secret-of-mine");
});

test("without arguments, the help is printed and the exit code says so", async () => {
  const { stdout } = await cli(["--help"]);
  expect(await cli([])).toEqual({ code: 2, stdout: "", stderr: stdout });
});

// Linux has this file, which is always full.
const full = "/dev/full";
(existsSync(full) ? describe : describe.skip)("on a full disk", () => {
  const delivery = join(__dirname, "..", "data", "deliveries", "event-json.json");
  const written: (readonly string[])[] = [
    ["--version"],
    ...names.map((name) => [name, "--help"]),
    ["verify", delivery, "--ignore-age"],
    ["send", "--event", "user.human.added", "--show-payload"],
  ];
  const env = { ZITADEL_SIGNING_KEY: "a-key-for-trying" };
  const run = (args: readonly string[], to: string) =>
    spawned(["sh", "-c", `"$@" ${to}${full}`, "sh", process.execPath, binary, ...args], env);

  test.each(written.map((args) => [args.join(" "), args]))("%s says so, and fails", async (_, args) => {
    expect(await run(args, ">")).toEqual({
      code: 1,
      stdout: "",
      stderr: "Writing the output failed: the disk is full (ENOSPC).\n",
    });
  });

  test("messages that cannot be written are a failure too", async () => {
    expect(await run(["no-such-command"], "2>")).toEqual({ code: 1, stdout: "", stderr: "" });
  });
});
