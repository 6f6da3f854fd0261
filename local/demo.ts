/**
 * The quickstart's whole life on one machine, and a rotation without a gap: `npm run demo`. It deploys the program of the root's
 * Pulumi.yaml, then examples/rotation, against a ZITADEL stand-in, with the `pulumi` CLI where there is one and with local/engine
 * elsewhere, and checks every step.
 */
import { join } from "node:path";
import { type Deployment, openDeployment } from "./deployment";
import type { RunResult } from "./engine";
import { openRotation, type Rotation } from "./gap";
import { leadingTo, nothingOfThisShell } from "./settings";
import { startZitadel, type TargetState, type Zitadel } from "./zitadel";

interface Stage {
  readonly zitadel: Zitadel;
  readonly deployment: Deployment;
  readonly signal: AbortSignal;
  /** Sets values of the program's own configuration, beside those that lead to ZITADEL. */
  set(values: Readonly<Record<string, string>>): Promise<void>;
  /** Deploys, and gives what came of it. */
  run(step: "preview" | "up" | "refresh" | "destroy"): Promise<RunResult>;
  /** The example of a rotation without a gap, with a ZITADEL of its own; opened when it is first asked for. */
  rotation(): Promise<Rotation>;
  /** The one target on the server, or `undefined` where there are none or several. */
  target(): TargetState | undefined;
}

/** One step: does it, and says in words what is not as expected. */
interface Step {
  readonly title: string;
  act(stage: Stage): Promise<readonly Expectation[]>;
}

/** What should be, and whether it is. */
type Expectation = readonly [what: string, holds: boolean];

const project = join(__dirname, "..", "..");
const rotating = { projectDir: join(project, "examples", "rotation"), strategy: "replace", learning: 300 } as const;

const steps: readonly Step[] = [
  {
    title: "preview: says what would be created, and asks ZITADEL nothing",
    async act(stage) {
      const { exitCode, changes } = await stage.run("preview");
      return [
        succeeded(exitCode),
        ["the stack and the target are to be created", changes.create === 2],
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
          "the signing key is the stack's output",
          target !== undefined && outputs["signingKey"]?.value === target.signingKey,
        ],
        ["and a secret", outputs["signingKey"]?.secret === true],
        saw(stage, { create: 1 }),
      ];
    },
  },
  {
    title: "up again: nothing to do",
    async act(stage) {
      const { exitCode, changes } = await stage.run("up");
      return [succeeded(exitCode), ["all is unchanged", changes.same === 2], saw(stage, {})];
    },
  },
  {
    title: "a change of one field: timeout 10s to 20s",
    async act(stage) {
      const before = stage.target();
      await stage.set({ timeout: "20s" });
      const { exitCode } = await stage.run("up");
      const after = stage.target();
      return [
        succeeded(exitCode),
        ["the server has the new timeout", after?.timeout === "20s"],
        ["and the old key", after?.signingKey === before?.signingKey],
        saw(stage, { update: 1 }),
      ];
    },
  },
  {
    title: "a rotation of the signing key",
    async act(stage) {
      const before = stage.target();
      await stage.set({ timeout: "20s", rotation: "second" });
      const { exitCode, outputs } = await stage.run("up");
      const after = stage.target();
      return [
        succeeded(exitCode),
        ["the server has a new key", after !== undefined && after.signingKey !== before?.signingKey],
        ["and it is the stack's output", outputs["signingKey"]?.value === after?.signingKey],
        saw(stage, { update: 1 }),
      ];
    },
  },
  {
    title: "a change behind Pulumi's back: refresh finds it, up mends it",
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
    title: "an execution fires: ZITADEL calls its target, and the receiver finds the signature good",
    async act(stage) {
      const { up, trigger, receiver } = await stage.rotation();
      const { exitCode } = await up("first");
      const status = await trigger(0);
      const { refused, missing } = receiver.counts(1);
      return [
        succeeded(exitCode),
        ["the call that triggered it succeeds", status === 200],
        ["the delivery arrived, and was accepted", missing === 0 && refused === 0],
      ];
    },
  },
  {
    title: "a rotation without a gap: the receiver takes the new key before ZITADEL signs with it",
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
        `   ${triggers} calls meanwhile, ${refused} deliveries refused, ${missing} missing, signed with ${keys} keys`,
      );
      return [
        succeeded(exitCode),
        ["no call fails", [...statuses, last].every((status) => status === 200)],
        ["no delivery is refused or missing", refused === 0 && missing === 0],
        ["two keys were used, one after the other", keys === 2],
      ];
    },
  },
];

async function main(): Promise<number> {
  const stop = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    // Not `once`: libraries that clean up at the end of the process would take it for the last listener, and end it at once.
    process.on(signal, () => {
      if (!stop.signal.aborted) say(`\n${signal}: stopping`);
      stop.abort();
    });
  }
  const zitadel = await startZitadel();
  try {
    const config = leadingTo(zitadel);
    const deployment = await openDeployment({ projectDir: project, config, env: nothingOfThisShell });
    let rotation: Promise<Rotation> | undefined;
    try {
      say(`ZITADEL: the stand-in of local/zitadel at ${zitadel.url}`);
      say(
        `Engine:  ${deployment.engine === "pulumi" ? "the pulumi CLI on the PATH" : "local/engine, a stand-in (there is no pulumi CLI on the PATH)"}`,
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
    for (const [what] of differing) say(`   DIFFERS in step ${index + 1}: expected that ${what}`);
    if (differing.length === 0) passed++;
  }
  return passed;
}

function succeeded(exitCode: number): Expectation {
  return ["it succeeds", exitCode === 0];
}

/** What ZITADEL saw since the last run, said and compared. */
function saw({ zitadel }: Stage, expected: Readonly<Record<string, number>>): Expectation {
  const counts = Object.entries(zitadel.count()).filter(([, count]) => count > 0);
  const words = (entries: [string, number][]) =>
    entries.map(([operation, count]) => `${count} ${operation}`).join(", ") || "no request";
  say(`   ZITADEL saw ${words(counts)}`);
  return [
    `ZITADEL sees ${words(Object.entries(expected))}, and not ${words(counts)}`,
    words(counts) === words(Object.entries(expected)),
  ];
}

/** The counts that Pulumi prints, and the diagnostics where there are any. */
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
