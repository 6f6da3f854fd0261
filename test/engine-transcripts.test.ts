// The recorded runs of the real engine, run again on ours: same program, same steps, same configuration.
import { spawn } from "node:child_process";
import { existsSync, readFileSync, watch, writeFileSync } from "node:fs";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { openStack, type RunResult, type StackOptions, type UntypedDeployment } from "../local/engine";
import { openCrypter } from "../local/engine/secrets";

interface Call {
  method: string;
  request: Record<string, unknown>;
  error?: string;
}
interface RecordedStep {
  step: string;
  command: string;
  things: Record<string, { from?: string; dependsOn?: string[] }>;
  env?: Record<string, string>;
  exit: number | null;
  stdout: string[];
  stderr?: string[];
  grpc: { mode: string; method: string; request: Record<string, unknown>; errors?: string[] }[];
  cloud: Record<string, unknown>;
  state: UntypedDeployment;
}

const program = path.join(__dirname, "data", "things");
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

describe.each(["life", "drift", "refusals", "killed"])("%s, as recorded with the real engine", (scenario) => {
  const steps = JSON.parse(
    readFileSync(path.join(__dirname, "data", "transcripts", `${scenario}.json`), "utf8"),
  ) as RecordedStep[];
  let dir: string;
  let cloudFile: string;
  let recordFile: string;

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
      NODE_OPTIONS: `--require ${JSON.stringify(path.join(program, "record.js"))}`,
      ...step.env,
    },
  });

  test.each(steps.map((step) => [step.step, step] as const))("%s", async (_, step) => {
    const cloud = existsSync(cloudFile)
      ? (JSON.parse(await readFile(cloudFile, "utf8")) as Record<string, unknown>)
      : {};
    const edit = editsByHand[step.step];
    if (edit !== undefined) writeFileSync(cloudFile, JSON.stringify(edit(cloud, step.cloud)));
    writeFileSync(recordFile, "");

    const stack = await openStack(optionsFor(step));
    stack.setConfig("things:salt", { value: "s4lt", secret: true });
    let result: RunResult | undefined;
    if (step.exit === null) await runAndKill(step);
    else result = await runStep(stack, step);

    expect(result?.exitCode).toBe(step.exit ?? undefined);
    expect(existsSync(cloudFile) ? JSON.parse(await readFile(cloudFile, "utf8")) : {}).toEqual(step.cloud);
    expect(await normalState(await stack.exportStack())).toEqual(await normalState(step.state));
    expectSameCalls(step, readCalls());
    if (result !== undefined) expectSameWords(step, result);
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
});

/**
 * The things in the order in which the real engine took them up: of two that are declared at once it may take up either
 * first, and it is the order in which they were recorded that the rest of the step follows from.
 */
function inRecordedOrder({ things, grpc }: RecordedStep): RecordedStep["things"] {
  const checked = grpc.filter(({ method }) => method.endsWith("/Check")).map(({ request }) => request["name"]);
  const rank = (name: string): number => (checked.includes(name) ? checked.indexOf(name) : checked.length);
  const sorted = Object.entries(things).sort(([a], [b]) => rank(a) - rank(b));
  // The failure of a's check came before anyone looked at z, which the SDK names first: it has fewer properties. So that
  // a is first here too, z waits for it.
  return Object.fromEntries(
    sorted.map(([name, thing]) => [name, name === "z" ? { ...thing, dependsOn: ["a"] } : thing]),
  );
}

function runStep(stack: Awaited<ReturnType<typeof openStack>>, { command }: RecordedStep): Promise<RunResult> {
  if (command.startsWith("pulumi preview")) return stack.preview({ diff: command.includes("--diff") });
  if (command.startsWith("pulumi up")) return stack.up({ refresh: command.includes("--refresh") });
  return command.includes("refresh") ? stack.refresh() : stack.destroy();
}

const forwarder = JSON.stringify(
  'exports.handler=()=>require("module").createRequire(process.cwd()+"/x.js")("./things.js")',
).slice(1, -1);
const uuid = /(?!04da6b54)[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}/g;

/** A text of JSON without what differs from run to run. */
function normal(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value).replaceAll(forwarder, "<forwarder>").replace(uuid, "<uuid>"));
}

/** The state with its secrets decrypted, without times, and without the SDK's source positions, which ours does not keep. */
async function normalState({ deployment }: UntypedDeployment): Promise<unknown> {
  const crypter = await openCrypter(passphrase, deployment.secrets_providers.state.salt);
  const { resources, pending_operations: operations } = deployment;
  const text = JSON.stringify({ resources, operations }, (key, value: unknown) =>
    key === "created" || key === "modified"
      ? undefined
      : key === "ciphertext"
        ? crypter.decrypt(value as string)
        : value,
  );
  return normal(JSON.parse(text));
}

/**
 * What ours never asks: the dynamic provider answers each of these with UNIMPLEMENTED or, to GetPluginInfo, with what
 * nobody needs.
 */
const notAsked = ["Handshake", "GetPluginInfo", "CheckConfig", "DiffConfig"];
/** Random, or the address of a service that only providers of other kinds use. */
const notCompared = ["randomseed", "resourcestatusaddress", "resourcestatustoken"];

function expectSameCalls(step: RecordedStep, calls: readonly Call[]): void {
  const recorded = step.grpc
    .filter(({ mode, method }) => mode === "client" && method.startsWith("ResourceProvider/"))
    .map(({ method, request, errors }) => ({
      method: method.split("/")[1] ?? "",
      request,
      error: errors?.[0]?.replace(/^rpc error: code = \w+ desc = /, ""),
    }))
    .filter(({ method }) => !notAsked.includes(method));
  const [ours, theirs] = [calls, recorded].map((all) => all.map((call) => simple(call)));
  expect(callsByResource(ours ?? [])).toEqual(callsByResource(theirs ?? []));
  expect(orderOfChanges(step, ours ?? [])).toEqual(orderOfChanges(step, theirs ?? []));
}

function simple({ method, request, error }: Omit<Call, "error"> & { error?: string | undefined }): Call {
  const fields = Object.entries(request).map(([key, value]) => [key.toLowerCase(), value] as const);
  const compared = Object.fromEntries(fields.filter(([key]) => !notCompared.includes(key)));
  return normal({ method, request: compared, ...(error !== undefined && error !== "" && { error }) }) as Call;
}

/**
 * For each resource its calls in their order. Of the calls about the provider itself only which there are: for
 * `up --refresh` the real engine starts one provider for the refresh and another for the update, ours needs one.
 */
function callsByResource(calls: readonly Call[]): Record<string, Call[]> {
  const groups: Record<string, Call[]> = {};
  for (const call of calls) {
    const group = (groups[["Configure", "Cancel"].includes(call.method) ? call.method : String(call.request["urn"])] ??=
      []);
    if (group.length === 0 || !["Configure", "Cancel"].includes(call.method)) group.push(call);
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

function expectSameWords(step: RecordedStep, { stdout, stderr }: RunResult): void {
  const ours = stdout
    .split("\n")
    .filter((line) => line !== "" && !line.startsWith("Duration:"))
    .map((line) => line.replace(/\(\d+(\.\d+)?s\)/g, "(<t>s)"));
  expect(wordsOf(ours, step)).toEqual(wordsOf(step.stdout, step));
  // The first line says that this is not the Pulumi CLI.
  const [first, ...rest] = stderr.split("\n").filter((line) => line !== "");
  expect(first).toMatch(/not the Pulumi CLI/);
  expect(rest).toEqual((step.stderr ?? []).filter((line) => line !== ""));
}

/**
 * What was said, apart from the order in which independent things were said: in that of the progress lines and of the
 * diagnostics two runs of the real engine differ as well.
 */
function wordsOf(lines: readonly string[], { command }: RecordedStep): unknown {
  if (command.includes("--diff")) return lines;
  const sectionAt = (name: string): number => (lines.includes(name) ? lines.indexOf(name) : lines.length);
  const end = Math.min(...["Diagnostics:", "Outputs:", "Resources:"].map(sectionAt));
  const after = Math.min(...["Outputs:", "Resources:"].map(sectionAt));
  const diagnostics = lines
    .slice(end, after)
    .join("\n")
    .split(/\n(?= {2}\S)/);
  return { progress: lines.slice(0, end).sort(), diagnostics: diagnostics.sort(), rest: lines.slice(after) };
}
