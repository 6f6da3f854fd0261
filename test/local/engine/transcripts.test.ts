// Repeats the recorded runs of the real engine with ours: same program, same steps, same configuration.
import { spawn } from "node:child_process";
import { existsSync, readFileSync, watch, writeFileSync } from "node:fs";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { isDeepStrictEqual } from "node:util";
import {
  type ConfigValue,
  openStack,
  type RunResult,
  type StackOptions,
  type UntypedDeployment,
} from "../../../local/engine";
import { openCrypter } from "../../../local/engine/secrets";
import { faster } from "../../support/records";

interface Call {
  method: string;
  request: Record<string, unknown>;
  error?: string;
}
interface Thing {
  from?: string;
  dependsOn?: string[];
  parent?: string;
  group?: boolean;
  /** The provider of a plant. */
  by?: string;
  /** The settings of such a provider. */
  grower?: object;
  /** The plant that a function is called with. */
  find?: string;
  keyOf?: string;
  tries?: string;
}
interface RecordedStep {
  step: string;
  command: string;
  things: Record<string, Thing>;
  /** The stack's configuration, if it is not the usual one. */
  config?: Record<string, ConfigValue>;
  env?: Record<string, string>;
  /** What the cloud was edited by hand to before the step. */
  edited?: Record<string, unknown>;
  exit: number | null;
  stdout: string[];
  stderr?: string[];
  grpc: { mode: string; method: string; request: Record<string, unknown>; errors?: string[] }[];
  cloud: Record<string, unknown>;
  state: UntypedDeployment;
}

/** The program that declares things of a dynamic provider, and the one that declares plants of a native provider. */
const [things, garden] = ["things", "garden"].map((name) => path.join(__dirname, "..", "..", "data", name));
const record = path.join(things ?? "", "record.js");
/** What the runs were recorded with. */
const passphrase = "correct horse";
/** What was done to the cloud by hand before a step: by its name, what it was before the step. */
const editsByHand: Record<
  string,
  (cloud: Record<string, unknown>, after: Record<string, unknown>) => Record<string, unknown>
> = {
  "refresh finds a change made elsewhere": (_, after) => after,
  "refresh finds one gone": (_, after) => after,
  "up --refresh with a change made elsewhere": (cloud) => ({
    ...cloud,
    "thing-1-a": { ...(cloud["thing-1-a"] as object), size: 7 },
  }),
  "update of something gone fails": (_, after) => after,
};

const dynamic = ["life", "drift", "refusals", "killed", "get", "rename", "aliases", "targets"];
const native = ["native-life", "native-more", "native-explicit"];

describe.each([...dynamic.map((name) => [name, things]), ...native.map((name) => [name, garden])])(
  "%s, as recorded with the real engine",
  (scenario = "", program = "") => {
    const steps = JSON.parse(
      readFileSync(path.join(__dirname, "..", "..", "data", "transcripts", `${scenario}.json`), "utf8"),
    ) as RecordedStep[];
    let dir: string;
    let cloudFile: string;
    let recordFile: string;
    /** As of the last step. */
    let outputs: RunResult["outputs"] = {};

    beforeAll(async () => {
      dir = await mkdtemp(path.join(tmpdir(), "engine-"));
      cloudFile = path.join(dir, "cloud.json");
      recordFile = path.join(dir, "calls");
    });
    afterAll(() => rm(dir, { recursive: true, force: true }));

    const optionsFor = (step: RecordedStep): StackOptions => ({
      projectDir: program,
      stack: "dev",
      stateDir: path.join(dir, "states"),
      passphrase,
      parallel: 8,
      env: {
        THINGS: JSON.stringify(inRecordedOrder(step)),
        THINGS_FILE: cloudFile,
        RECORD_FILE: recordFile,
        ...faster(record),
        // Here, two providers start at once, and the order of what they have is that of their starts.
        ...(step.step === "up without the explicit provider's plants" && { RECORD_AFTER: "b,p" }),
        ...step.env,
      },
    });

    test.each(steps.map((step) => [step.step, step] as const))("%s", async (_, step) => {
      const cloud = existsSync(cloudFile)
        ? (JSON.parse(await readFile(cloudFile, "utf8")) as Record<string, unknown>)
        : {};
      const edit = step.edited === undefined ? editsByHand[step.step] : () => step.edited ?? {};
      if (edit !== undefined) writeFileSync(cloudFile, JSON.stringify(edit(cloud, step.cloud)));
      writeFileSync(recordFile, "");

      const stack = await openStack(optionsFor(step));
      stack.setAllConfig(step.config ?? { "things:salt": { value: "s4lt", secret: true } });
      let result: RunResult | undefined;
      if (step.exit === null) await runAndKill(step);
      else result = await runStep(stack, step);

      expect(result?.exitCode).toBe(step.exit ?? undefined);
      expect(existsSync(cloudFile) ? JSON.parse(await readFile(cloudFile, "utf8")) : {}).toEqual(step.cloud);
      expect(await normalState(await stack.exportStack())).toEqual(await normalState(step.state));
      expectSameCalls(step, readCalls());
      if (result === undefined) return;
      expectSameWords(step, result, outputs);
      outputs = result.outputs;
    });

    /** Kills the engine with SIGKILL as soon as the creation that hangs is under way. */
    async function runAndKill(step: RecordedStep): Promise<void> {
      const engine = spawn(process.execPath, [path.join(program, "run-engine.js"), JSON.stringify(optionsFor(step))], {
        stdio: "ignore",
      });
      const ended = new Promise((resolve) => engine.once("exit", resolve));
      await new Promise<void>((resolve) => {
        const look = (): void => {
          if (!existsSync(cloudFile) || !readFileSync(cloudFile, "utf8").includes("thing-2-w")) return;
          watcher.close();
          resolve();
        };
        const watcher = watch(dir, look);
        look();
      });
      engine.kill("SIGKILL");
      await ended;
    }

    function readCalls(): Call[] {
      const lines = readFileSync(recordFile, "utf8").split("\n").slice(0, -1);
      return lines.map((line) => JSON.parse(line) as Call).filter(({ method }: Partial<Call>) => method !== undefined);
    }
  },
);

/**
 * The things in the order in which the real engine took them up: of two that are declared at once it may take up either
 * first, and it is the order in which they were recorded that the rest of the step follows from.
 */
function inRecordedOrder({ things, grpc }: RecordedStep): RecordedStep["things"] {
  const needNothing = Object.entries(things).filter(
    ([, { from, dependsOn, parent, group, by, grower, find, keyOf, tries }]) =>
      [from, dependsOn, parent, group, by, grower, find, keyOf, tries].every((need) => need === undefined),
  );
  if (needNothing.length < 2) return things; // one comes after the other anyway
  const checked = grpc.filter(({ method }) => /\/(Check|Read)$/.test(method)).map(({ request }) => request["name"]);
  const rank = (name: string): number => (checked.includes(name) ? checked.indexOf(name) : checked.length);
  const names = Object.keys(things).sort((a, b) => rank(a) - rank(b));
  // Of those that are declared at once, the second is taken up first.
  const [first = "", second = ""] = names.filter((name) => needNothing.some(([one]) => one === name));
  const swapped = names.map((name) => (name === first ? second : name === second ? first : name));
  // The failure of a's check came before anyone looked at z, which the SDK names first: it has fewer properties. So that
  // a is first here too, z waits for it.
  return Object.fromEntries(
    swapped.map((name) => [name, { ...things[name], ...(name === "z" && "a" in things && { dependsOn: ["a"] }) }]),
  );
}

function runStep(stack: Awaited<ReturnType<typeof openStack>>, { command }: RecordedStep): Promise<RunResult> {
  const given = (flags: string): string[] =>
    Array.from(command.matchAll(new RegExp(` --(?:${flags}) (\\S+)`, "g")), ([, urn = ""]) => urn);
  const options = {
    target: given("target|target-replace"),
    exclude: given("exclude"),
    replace: given("replace|target-replace"),
    refresh: command.includes("--refresh"),
    targetDependents: command.includes("--target-dependents"),
    continueOnError: command.includes("--continue-on-error"),
  };
  if (command.startsWith("pulumi preview")) return stack.preview(options);
  if (command.startsWith("pulumi up")) return stack.up(options);
  return command.startsWith("pulumi refresh") ? stack.refresh(options) : stack.destroy(options);
}

const forwarder = JSON.stringify(
  'exports.handler=()=>require("module").createRequire(process.cwd()+"/x.js")("./things.js")',
).slice(1, -1);
const uuid = /(?!04da6b54)[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}/g;

/** A text of JSON without what differs from run to run. */
function normal(value: unknown): unknown {
  const text = JSON.stringify(value).replaceAll(forwarder, "<forwarder>").replace(uuid, "<uuid>");
  return JSON.parse(text.replaceAll(path.join(garden ?? "", "plugin"), "<plugin>"));
}

/** The state with its secrets decrypted, without times, and without source positions and download addresses, which ours does not keep. */
async function normalState({ deployment }: UntypedDeployment): Promise<unknown> {
  const crypter = await openCrypter(passphrase, deployment.secrets_providers.state.salt);
  const { resources, pending_operations: operations } = deployment;
  const text = JSON.stringify({ resources, operations }, (key, value: unknown) =>
    ["created", "modified", "__internal"].includes(key)
      ? undefined
      : key === "ciphertext"
        ? crypter.decrypt(value as string)
        : key === "dependencies"
          ? (value as string[]).toSorted() // the SDK names them in the order in which it came to know them
          : value,
  );
  return normal(JSON.parse(text));
}

/** Requests that our engine never sends. What a provider answers to GetPluginInfo is not needed. */
const notAsked = ["GetPluginInfo"];
/** Random, the address of a service, or what only the real engine can do. */
const notCompared = [
  ...["randomseed", "resourcestatusaddress", "resourcestatustoken"],
  ...["engineaddress", "mappertarget", "loadertarget", "resolvertarget"],
  ...["supportsviews", "supportsrefreshbeforeupdate", "acceptsbytestring"],
  ...["acceptsoutputsininvoke", "acceptsoutputsincall"],
];

function expectSameCalls(step: RecordedStep, calls: readonly Call[]): void {
  const recorded = step.grpc
    .filter(({ mode, method }) => mode === "client" && method.startsWith("ResourceProvider/"))
    .map(({ method, request, errors }) => ({
      method: method.split("/")[1] ?? "",
      request,
      error: errors?.[0]?.replace(/^rpc error: code = \w+ desc = /, ""),
    }))
    .filter(({ method }) => !notAsked.includes(method));
  // The dynamic provider was recorded with an engine that did not send old outputs to Check.
  const isOlder = !recorded.some(({ request }) => "oldOutputs" in request);
  const left = isOlder ? [...notCompared, "oldoutputs"] : notCompared;
  // Some recordings leave out these calls.
  const isThere = ({ error }: { error?: string | undefined }): boolean =>
    error?.endsWith("is not implemented by the dynamic provider") !== true;
  const [ours, theirs] = [calls, recorded].map((all) => all.filter(isThere).map((call) => simple(call, left)));
  expect(callsByResource(ours ?? [])).toEqual(callsByResource(theirs ?? []));
  expect(orderOfChanges(step, ours ?? [])).toEqual(orderOfChanges(step, theirs ?? []));
}

function simple(
  { method, request, error }: Omit<Call, "error"> & { error?: string | undefined },
  left: readonly string[],
): Call {
  const fields = Object.entries(request).map(([key, value]) => [key.toLowerCase(), value] as const);
  const compared = Object.fromEntries(fields.filter(([key]) => !left.includes(key)));
  return normal({ method, request: compared, ...(error !== undefined && error !== "" && { error }) }) as Call;
}

/**
 * For each resource its calls in their order. Of the calls about the provider itself only which there are: for
 * `up --refresh` the real engine starts one provider for the refresh and another for the update, ours needs one.
 */
function callsByResource(calls: readonly Call[]): Record<string, Call[]> {
  const groups: Record<string, Call[]> = {};
  for (const call of calls) {
    const { urn, tok, args } = call.request;
    const isOfProvider = ["Handshake", "Configure", "Cancel"].includes(call.method);
    const about = tok === undefined ? String(urn) : JSON.stringify([tok, args]);
    const group = (groups[isOfProvider ? `${call.method} ${about}` : about] ??= []);
    if (group.length === 0 || !isOfProvider) group.push(call);
  }
  return groups;
}

/** Of all pairs of changes to resources of which one needs the other, which came first. */
function orderOfChanges({ things: declared }: RecordedStep, calls: readonly Call[]): string[] {
  const nameOf = (call: Call): string => String(call.request["urn"]).split("::").at(-1) ?? "";
  const needs = (a: string, b: string): boolean =>
    [declared[a]?.from, ...(declared[a]?.dependsOn ?? [])].some(
      (direct) => direct !== undefined && (direct === b || needs(direct, b)),
    );
  const changes = calls.filter(({ method }) => ["Create", "Update", "Delete"].includes(method));
  return changes
    .flatMap((first, i) =>
      changes.slice(i + 1).flatMap((second) => {
        const [a, b] = [nameOf(first), nameOf(second)];
        return needs(a, b) || needs(b, a) ? [`${first.method} ${a} before ${second.method} ${b}`] : [];
      }),
    )
    .sort();
}

/**
 * What was said: which operations were done to what, the diagnostics, the outputs and the counts. Ours differs on purpose:
 * it says one line for each operation that is over, where the real engine says one for each of its stages, with how long it
 * took; of one that failed it says nothing but why; and it shows the outputs as they are, with no mark of what they were.
 *
 * Where a step was recorded with `--diff`, which ours does not have, the same is found among the details: of a replacement
 * they show one operation, of the outputs those that are known and change, and errors are on the standard error instead.
 */
function expectSameWords(
  step: RecordedStep,
  { stdout, stderr, outputs }: RunResult,
  before: RunResult["outputs"],
): void {
  const isDetailed = step.command.includes("--diff");
  const [ours, theirs] = [sectionsOf(stdout.split("\n")), sectionsOf(step.stdout)];
  expect(stderr).toMatch(/^This is the small engine .* not the Pulumi CLI\.\n$/);
  if (!isDetailed) {
    // Of a component the real engine says that it is created once it has registered its outputs, which the program leaves out.
    const ofThings = ours.head.filter((line) => !line.includes("things:index:Group"));
    expect(operationsIn(ofThings)).toEqual(
      operationsIn(theirs.head.filter((line) => !line.includes("things:index:Group"))),
    );
    expect(diagnosticsIn(ours.diagnostics)).toEqual(diagnosticsIn(theirs.diagnostics));
    expect(outputsIn(ours.outputs)).toEqual(outputsIn(theirs.outputs));
    expect(ours.counts).toEqual(theirs.counts);
    return;
  }
  expect(plansIn(ours.head)).toEqual(detailsIn(theirs.head));
  const errors = ours.diagnostics.filter((line) => line.startsWith("    "));
  expect(errors.map((line) => line.trim())).toEqual((step.stderr ?? []).filter((line) => line !== ""));
  const changing = Object.entries(outputsIn(ours.outputs)).filter(
    ([name]) => !isDeepStrictEqual(outputs[name], before[name]),
  );
  const isNew = (name: string): boolean => before[name] === undefined;
  const known = changing.map(([name, lines]) => [
    name,
    lines.filter((line) => isNew(name) || !line.includes("[unknown]")),
  ]);
  expect(Object.fromEntries(known)).toEqual(outputsIn(theirs.outputs));
  expect(ours.counts.filter((line) => !line.includes("errored"))).toEqual(theirs.counts);
}

type Sections = Record<"head" | "diagnostics" | "outputs" | "counts", string[]>;

function sectionsOf(lines: readonly string[]): Sections {
  const sections: Sections = { head: [], diagnostics: [], outputs: [], counts: [] };
  const headings: Record<string, keyof Sections> = {
    "Diagnostics:": "diagnostics",
    "Outputs:": "outputs",
    "--outputs:--": "outputs",
    "Resources:": "counts",
  };
  let section: keyof Sections = "head";
  for (const line of lines) {
    if (line.trim() in headings) section = headings[line.trim()] ?? section;
    else if (line.startsWith("Duration:") || line.startsWith("The resources in the stack have been deleted")) break;
    else if (line !== "") sections[section].push(line);
  }
  return sections;
}

/** What was done to what and, unless it failed or only ended a replacement, what differed. */
function operationsIn(lines: readonly string[]): string[] {
  const done =
    "created replacement|imported replacement|deleted original|discarded original|created|updated|deleted|replaced|imported|refresh";
  const line = new RegExp(`^ (\\S+) +(\\S+ \\S+) (?:(${done})\\b|(\\*\\*\\w+ failed\\*\\*))(?: \\(<t>s\\))?(.*)$`);
  return lines
    .flatMap((text) => {
      const [, mark = "", resource = "", word, failed = "", diff = ""] = line.exec(text) ?? [];
      if (word === undefined) return failed === "" ? [] : [`${mark} ${resource} ${failed}`];
      return [`${mark} ${resource} ${word}${word.endsWith(" original") ? "" : diff.replace(/warning: .*/, "").trim()}`];
    })
    .sort();
}

/** Without the places in a stack trace; what a process prints may come before or after what the engine says. */
function diagnosticsIn(lines: readonly string[]): string[] {
  return lines
    .filter((line) => !/^ +at /.test(line))
    .join("\n")
    .split(/\n(?= {2}\S)/)
    .map((one) => one.split("\n").sort().join("\n"))
    .sort();
}

/** What a preview foresees, of a replacement only that. */
function plansIn(lines: readonly string[]): string[] {
  return lines
    .flatMap((line) => {
      const [, mark = "", name = "", word = ""] =
        /^ (\S+) +\S+ (\S+) (create|update|delete|replace|import|read)\b/.exec(line) ?? [];
      return ["", "++", "--"].includes(mark) ? [] : [`${word} ${name}`];
    })
    .sort();
}

function detailsIn(lines: readonly string[]): string[] {
  const details = lines.join("\n").matchAll(/: \((\w+)\)(?:\n *\[id=.*\])?\n *\[urn=.*::(\S+)\]/g);
  return Array.from(details, ([, word = "", name = ""]) => `${word} ${name}`)
    .filter((detail) => !detail.startsWith("same "))
    .sort();
}

/** The lines of each output, without those of what is gone and without marks of what was. */
function outputsIn(lines: readonly string[]): Record<string, string[]> {
  const outputs: Record<string, string[]> = {};
  let current: string[] | undefined;
  for (const line of lines) {
    const [, indent = "", mark = "", text = ""] = /^( *)([-+~] )?(.*)$/.exec(line) ?? [];
    const isInner = indent.length + mark.length > 4;
    if (isInner && mark !== "- ") current?.push(text.replace(/: .* => /, ": ").replace(/ +:/, ":"));
    else if (!isInner && text.endsWith("{")) {
      current = [];
      if (mark !== "- ") outputs[text.slice(0, text.indexOf(":")).trim()] = current;
    }
  }
  return outputs;
}
