/**
 * `npm run demo`: takes the quickstart from preview to destroy on one machine, then rotates a key without a gap. It deploys the
 * program of the root's Pulumi.yaml and then examples/rotation to a mock ZITADEL server, and checks every step. It uses the `pulumi`
 * CLI if there is one, and local/engine otherwise.
 */
import { join } from "node:path";
import { type Deployment, openDeployment } from "./deployment";
import type { RunResult } from "./engine";
import { openRotation, type Rotation } from "./gap";
import { leadingTo } from "./settings";
import { startZitadel, type TargetState, type Zitadel } from "./zitadel";

interface Stage {
  readonly zitadel: Zitadel;
  readonly deployment: Deployment;
  readonly signal: AbortSignal;
  /** Sets values of the program's own configuration, in addition to those with ZITADEL's address. */
  set(values: Readonly<Record<string, string>>): Promise<void>;
  /** Runs a step and returns its result. */
  run(step: "preview" | "up" | "refresh" | "destroy"): Promise<RunResult>;
  /** The example of a rotation without a gap, with its own mock server. Opened at the first call. */
  rotation(): Promise<Rotation>;
  /** The only target on the server, or `undefined` if there is not exactly one. */
  target(): TargetState | undefined;
}

/** One step of the demo. `act` runs it and returns what is expected of it. */
interface Step {
  readonly title: string;
  act(stage: Stage): Promise<readonly Expectation[]>;
}

/** What is expected, and whether it is so. */
type Expectation = readonly [what: string, holds: boolean];

const project = join(__dirname, "..", "..");
const rotating = { projectDir: join(project, "examples", "rotation"), strategy: "replace", learning: 300 } as const;

const steps: readonly Step[] = [
  {
    title: "preview: shows what would be created, and sends nothing to ZITADEL",
    async act(stage) {
      const { exitCode, changes } = await stage.run("preview");
      return [
        succeeded(exitCode),
        ["the preview shows that the stack and the target would be created", changes.create === 2],
        saw(stage, {}),
      ];
    },
  },
  {
    title: "up: creates the target",
    async act(stage) {
      const { exitCode, outputs } = await stage.run("up");
      const target = stage.target();
      return [
        succeeded(exitCode),
        ["there is one target", target !== undefined],
        [
          "the stack has the signing key as an output",
          target !== undefined && outputs["signingKey"]?.value === target.signingKey,
        ],
        ["the output is a secret", outputs["signingKey"]?.secret === true],
        saw(stage, { create: 1 }),
      ];
    },
  },
  {
    title: "up again: nothing to do",
    async act(stage) {
      const { exitCode, changes } = await stage.run("up");
      return [succeeded(exitCode), ["nothing is changed", changes.same === 2], saw(stage, {})];
    },
  },
  {
    title: "you change one field: the timeout, from 10s to 20s",
    async act(stage) {
      const before = stage.target();
      await stage.set({ timeout: "20s" });
      const { exitCode } = await stage.run("up");
      const after = stage.target();
      return [
        succeeded(exitCode),
        ["the server has the new timeout", after?.timeout === "20s"],
        ["the server still has the old key", after?.signingKey === before?.signingKey],
        saw(stage, { update: 1 }),
      ];
    },
  },
  {
    title: "you rotate the signing key",
    async act(stage) {
      const before = stage.target();
      await stage.set({ timeout: "20s", rotation: "second" });
      const { exitCode, outputs } = await stage.run("up");
      const after = stage.target();
      return [
        succeeded(exitCode),
        ["the server has a new key", after !== undefined && after.signingKey !== before?.signingKey],
        ["the stack has the new key as an output", outputs["signingKey"]?.value === after?.signingKey],
        saw(stage, { update: 1 }),
      ];
    },
  },
  {
    title: "someone changes the target outside Pulumi: refresh finds it, up reverts it",
    async act(stage) {
      const before = stage.target();
      stage.zitadel.change(before?.id ?? "", { endpoint: "https://somebody.example.com/else" });
      const refresh = await stage.run("refresh");
      const found: Expectation[] = [
        succeeded(refresh.exitCode),
        ["the refresh finds the change", refresh.changes.update === 1],
        saw(stage, { search: 1 }),
      ];
      const up = await stage.run("up");
      return [
        ...found,
        succeeded(up.exitCode),
        ["the server has the declared endpoint again", stage.target()?.endpoint === before?.endpoint],
        saw(stage, { update: 1 }),
      ];
    },
  },
  {
    title: "destroy: nothing is left",
    async act(stage) {
      const { exitCode } = await stage.run("destroy");
      return [
        succeeded(exitCode),
        ["there are no targets", stage.zitadel.targets().length === 0],
        saw(stage, { delete: 1 }),
      ];
    },
  },
  {
    title: "something triggers an execution: ZITADEL calls its target, and the receiver accepts the signature",
    async act(stage) {
      const { up, trigger, receiver } = await stage.rotation();
      const { exitCode } = await up("first");
      const status = await trigger(0);
      const { refused, missing } = receiver.counts(1);
      return [
        succeeded(exitCode),
        ["the call that triggered it succeeds", status === 200],
        ["the delivery arrives, and the receiver accepts it", missing === 0 && refused === 0],
      ];
    },
  },
  {
    title: "you rotate without a gap: the receiver gets the new key before ZITADEL signs with it",
    async act(stage) {
      const { up, trigger, receiver } = await stage.rotation();
      let triggers = 1;
      let rotating = true;
      const calls = async () => {
        const statuses = new Set<number>();
        while (rotating) statuses.add(await trigger(triggers++));
        return statuses;
      };
      const called = calls();
      const { exitCode } = await up("second").finally(() => (rotating = false));
      const statuses = await called;
      const last = await trigger(triggers++);
      const { refused, missing, keys } = receiver.counts(triggers);
      say(
        `   ${triggers} calls in the meantime: ${refused} deliveries rejected, ${missing} missing, ${keys} signing keys used`,
      );
      return [
        succeeded(exitCode),
        ["no call fails", [...statuses, last].every((status) => status === 200)],
        ["no delivery is rejected or missing", refused === 0 && missing === 0],
        ["two keys were used, one after the other", keys === 2],
      ];
    },
  },
];

async function main(): Promise<number> {
  const stop = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    // Do not use `once`: libraries that clean up at the end of the process would see no other listener, and end it at once.
    process.on(signal, () => {
      if (!stop.signal.aborted) say(`\n${signal}: stopping`);
      stop.abort();
    });
  }
  const zitadel = await startZitadel();
  try {
    const config = leadingTo(zitadel);
    const deployment = await openDeployment({ projectDir: project, config });
    let rotation: Promise<Rotation> | undefined;
    try {
      say(`ZITADEL: the mock server of local/zitadel, at ${zitadel.url}`);
      say(
        `Engine:  ${deployment.engine === "pulumi" ? "the pulumi CLI" : "local/engine (no pulumi CLI found on the PATH)"}`,
      );
      const passed = await runAll({
        zitadel,
        deployment,
        signal: stop.signal,
        set: (values) =>
          deployment.configure({
            ...config,
            ...Object.fromEntries(
              Object.entries(values).map(([key, value]) => [`zitadel-actions-quickstart:${key}`, value]),
            ),
          }),
        run: async (step) => {
          zitadel.clearRequests();
          const result = await deployment[step]({ signal: stop.signal });
          say(indent(summaryOf(result)));
          return result;
        },
        rotation: () => (rotation ??= openRotation({ ...rotating, signal: stop.signal })),
        target: () => (zitadel.targets().length === 1 ? zitadel.targets()[0] : undefined),
      });
      if (stop.signal.aborted) return 130;
      say(`demo: ${steps.length} steps, ${passed} as expected`);
      return passed === steps.length ? 0 : 1;
    } finally {
      await (await rotation)?.close();
      await deployment.close();
    }
  } finally {
    await zitadel.stop();
  }
}

async function runAll(stage: Stage): Promise<number> {
  const stopped = (): boolean => stage.signal.aborted;
  let passed = 0;
  for (const [index, step] of steps.entries()) {
    if (stopped()) break;
    say(`\n${index + 1}. ${step.title}`);
    const differing = (await step.act(stage)).filter(([, holds]) => !holds);
    if (stopped()) break;
    for (const [what] of differing) say(`   FAILED in step ${index + 1}: expected that ${what}`);
    if (differing.length > 0) {
      say("   Each step builds on the ones before it, so the demo ends here.");
      break;
    }
    passed++;
  }
  return passed;
}

function succeeded(exitCode: number): Expectation {
  return ["it succeeds", exitCode === 0];
}

/** Prints the requests that ZITADEL got in the last run, and compares them with the expected ones. */
function saw({ zitadel }: Stage, expected: Readonly<Record<string, number>>): Expectation {
  const counts = Object.entries(zitadel.count()).filter(([, count]) => count > 0);
  const words = (entries: [string, number][]) =>
    entries.map(([operation, count]) => `${count} ${operation}`).join(", ") || "no requests";
  say(`   ZITADEL got ${words(counts)}`);
  return [
    `ZITADEL gets ${words(Object.entries(expected))}, and not ${words(counts)}`,
    words(counts) === words(Object.entries(expected)),
  ];
}

/** Returns the counts that Pulumi prints. If the run failed, returns everything that it printed. */
function summaryOf({ stdout, stderr, exitCode }: RunResult): string {
  if (exitCode !== 0) return `${stdout}\n${stderr}`.trim();
  const lines = stdout.split("\n");
  const from = lines.findIndex((line) => line.startsWith("Resources:"));
  const end = lines.findIndex((line, index) => index > from && line.trim() === "");
  return lines
    .slice(from + 1, end)
    .map((line) => line.trim())
    .join(", ");
}

function indent(text: string): string {
  return text.replace(/^/gm, "   ");
}

function say(text: string): void {
  console.log(text);
}

main().then(
  (status) => {
    process.exitCode = status;
  },
  (error: unknown) => {
    console.error(error);
    process.exitCode = 1;
  },
);
