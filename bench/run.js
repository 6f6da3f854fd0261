// The benchmarks: see README.md.
/* global AbortController */
const { writeFileSync } = require("node:fs");
const os = require("node:os");
const { parseArgs } = require("node:util");
const { engineOnThisMachine } = require("../dist/local");
const { latency, round, steps } = require("./deploy");
const { measureFirstRequest } = require("./first-request");
const { measureImport } = require("./import");
const { measureStartUp } = require("./start-up");
const { over, table } = require("./statistics");

const parts = ["deploy", "import", "provider", "start", "state"];

const usage = `npm run bench -- [options]
  --sizes 1,100,1000   how many targets, ascending
  --repeat 5           rounds, an odd number
  --only ${parts.join(",")}  which parts
  --engine NAME        pulumi or local/engine; default: the pulumi CLI where one is on the PATH
  --json FILE          writes all figures, those of each round too, to a file
`;

async function main() {
  const options = readOptions();
  if (options === undefined) return;
  const { sizes, repeat, only, json } = options;
  const { signal } = stopOnCtrlC();
  const engine = options.engine ?? engineOnThisMachine();
  say(`Node ${process.versions.node}, ${os.cpus().length} CPUs, engine: ${engine}, medians of ${repeat}`);
  const result = { node: process.versions.node, cpus: os.cpus().length, engine, repeat };

  if (only.includes("import")) {
    const { rounds, files, heavy } = await measureImport({ repeat: Math.max(repeat, 15), signal });
    result.import = importFigures(rounds, files, heavy);
    result.importRounds = rounds;
    printImport(result.import);
    if (heavy.length > 0)
      throw new Error(`importing the package loads ${heavy.join(", ")}: a program must not pay for these`);
  }
  if (only.includes("provider")) {
    result.providerRounds = await measureFirstRequest({ repeat: Math.max(repeat, 15), signal });
    result.provider = {
      cpu: over(result.providerRounds, ({ milliseconds }) => milliseconds),
      files: over(result.providerRounds, ({ files }) => files).median,
    };
    printProvider(result.provider);
  }
  if (only.includes("start")) {
    result.startRounds = await measureStartUp({ repeat: Math.max(repeat, 15), signal });
    result.start = startFigures(result.startRounds);
    printStart(result.start);
  }
  if (only.includes("deploy")) {
    result.deployRounds = await runRounds({ sizes, repeat, engine, signal });
    result.deploy = deployFigures(result.deployRounds, sizes);
    printDeploy(result.deploy);
    result.native = nativeFigures(result.deployRounds, sizes);
    printNative(result.native);
  }
  if (only.includes("state")) {
    result.state = await stateFigures({ rounds: result.deployRounds, sizes, engine, signal });
    printState(result.state);
  }
  result.goals = goals(result);
  if (result.goals.length > 0) printGoals(result.goals);
  if (json !== undefined) writeFileSync(json, `${JSON.stringify(result, undefined, 2)}\n`);
}

function readOptions() {
  const { values } = parseArgs({
    options: {
      sizes: { type: "string", default: "1,100,1000" },
      repeat: { type: "string", default: "5" },
      only: { type: "string", default: parts.join(",") },
      engine: { type: "string" },
      json: { type: "string" },
      help: { type: "boolean", short: "h", default: false },
    },
  });
  if (values.help) {
    say(usage);
    return undefined;
  }
  const sizes = values.sizes.split(",").map(Number);
  const only = values.only.split(",");
  const repeat = Number(values.repeat);
  const isAscending = sizes.every((size, i) => Number.isInteger(size) && size > (sizes[i - 1] ?? 0));
  const isUsable =
    isAscending &&
    repeat % 2 === 1 &&
    repeat > 0 &&
    only.every((part) => parts.includes(part)) &&
    [undefined, "pulumi", "local/engine"].includes(values.engine);
  if (!isUsable) throw new Error(`cannot run with these options\n${usage}`);
  return { sizes, repeat, only, engine: values.engine, json: values.json };
}

/** Stops in an orderly way, so that no stack and no process is left behind. */
function stopOnCtrlC() {
  const stop = new AbortController();
  for (const name of ["SIGINT", "SIGTERM"]) process.on(name, () => stop.abort(new Error(`stopped by ${name}`)));
  return stop;
}

/** Runs all rounds, alternating the sizes. The first round is not counted, because its caches are cold. */
async function runRounds({ sizes, repeat, engine, signal }) {
  await round({ size: 1, turn: 0, engine, signal });
  const rounds = [];
  for (let turn = 0; turn < repeat; turn++) {
    const bySize = {};
    for (const size of sizes) {
      progress(`round ${turn + 1} of ${repeat}: ${size} targets`);
      bySize[size] = await round({ size, turn, engine, signal });
    }
    rounds.push(bySize);
  }
  progress("");
  return rounds;
}

/** Returns one row for each step, latency and size. */
function deployFigures(rounds, sizes) {
  const rows = [];
  const [least] = sizes;
  for (const step of steps) {
    for (const who of ["ours", "late"]) {
      for (const size of sizes) {
        const waiting = (of) => (who === "late" ? step.waiting(of) : 0);
        const wall = (bySize, name, of = size) => bySize[of].times[step.name][name].wall;
        const cpu = (bySize, name, of = size) => bySize[of].times[step.name][name].cpu;
        const perTarget = (time, bySize, name, of = size) =>
          ((time(bySize, name, of) - time(bySize, name, least)) * 1000) / (of - least);
        const before = sizes[sizes.indexOf(size) - 1];
        const growth = (time, name) =>
          over(rounds, (bySize) => perTarget(time, bySize, name) / perTarget(time, bySize, name, before));
        rows.push({
          step: step.name,
          targets: size,
          latency: who === "late" ? latency : 0,
          waiting: waiting(size),
          floor: over(rounds, (bySize) => wall(bySize, "floor")).median,
          ours: over(rounds, (bySize) => wall(bySize, who)).median,
          ratio: over(rounds, (bySize) => wall(bySize, who) / (wall(bySize, "floor") + waiting(size))),
          cpuRatio: over(rounds, (bySize) => cpu(bySize, who) / cpu(bySize, "floor")),
          ...(size !== least && {
            perTarget: over(rounds, (bySize) => perTarget(wall, bySize, who)).median,
            floorPerTarget: over(rounds, (bySize) => perTarget(wall, bySize, "floor")).median,
          }),
          ...(before !== undefined &&
            before !== least && {
              growth: growth(wall, who),
              cpuGrowth: growth(cpu, who),
              floorGrowth: growth(wall, "floor"),
            }),
        });
      }
    }
  }
  return rows;
}

function printDeploy(rows) {
  say("\nDeployments: seconds for each step, and milliseconds for each target after the first");
  const heads = [
    "step",
    "targets",
    "latency",
    "floor",
    "waiting",
    "ours",
    "ratio",
    "",
    "CPU ratio",
    "ms/target",
    "floor's",
  ];
  const cells = rows.map((row) => [
    row.step,
    String(row.targets),
    `${row.latency} ms`,
    `${row.floor.toFixed(2)} s`,
    row.waiting === 0 ? "-" : `${row.waiting.toFixed(2)} s`,
    `${row.ours.toFixed(2)} s`,
    row.ratio.median.toFixed(2),
    range(row.ratio),
    row.cpuRatio.median.toFixed(2),
    row.perTarget?.toFixed(2) ?? "-",
    row.floorPerTarget?.toFixed(2) ?? "-",
  ]);
  say(table(heads, cells));
}

/** Returns one row for each step and size: the native provider, compared with the dynamic one in the same round. */
function nativeFigures(rounds, sizes) {
  const [least] = sizes;
  return steps.flatMap(({ name: step }) =>
    sizes.map((size) => {
      const time = (bySize, who, of = size) => bySize[of].times[step][who];
      const perTarget = (who) =>
        over(rounds, (bySize) => ((time(bySize, who).wall - time(bySize, who, least).wall) * 1000) / (size - least));
      return {
        step,
        targets: size,
        dynamic: over(rounds, (bySize) => time(bySize, "ours").wall).median,
        native: over(rounds, (bySize) => time(bySize, "native").wall).median,
        ratio: over(rounds, (bySize) => time(bySize, "native").wall / time(bySize, "ours").wall),
        cpuRatio: over(rounds, (bySize) => time(bySize, "native").cpu / time(bySize, "ours").cpu),
        floorRatio: over(rounds, (bySize) => time(bySize, "native").wall / time(bySize, "floor").wall),
        floorCpuRatio: over(rounds, (bySize) => time(bySize, "native").cpu / time(bySize, "floor").cpu),
        ...(size !== least && {
          perTarget: perTarget("native").median,
          dynamicPerTarget: perTarget("ours").median,
        }),
      };
    }),
  );
}

function printNative(rows) {
  say("\nThe native provider, compared with the dynamic one: seconds for each step, without latency");
  const heads = [
    "step",
    "targets",
    "dynamic",
    "native",
    "ratio",
    "",
    "CPU ratio",
    "to floor",
    "its CPU ratio",
    "ms/target",
    "dynamic's",
  ];
  const cells = rows.map((row) => [
    row.step,
    String(row.targets),
    `${row.dynamic.toFixed(2)} s`,
    `${row.native.toFixed(2)} s`,
    row.ratio.median.toFixed(2),
    range(row.ratio),
    row.cpuRatio.median.toFixed(2),
    row.floorRatio.median.toFixed(2),
    row.floorCpuRatio.median.toFixed(2),
    row.perTarget?.toFixed(2) ?? "-",
    row.dynamicPerTarget?.toFixed(2) ?? "-",
  ]);
  say(table(heads, cells));
}

/** Returns one row for each figure of the start of a provider process. */
function startFigures(rounds) {
  const what = {
    port: "until the port is known",
    target: "until the first target is created",
    cpu: "processor time until then",
  };
  return Object.entries(what).map(([figure, name]) => ({
    what: name,
    dynamic: over(rounds, ({ dynamic }) => dynamic[figure]),
    native: over(rounds, ({ native }) => native[figure]),
    ratio: over(rounds, ({ dynamic, native }) => native[figure] / dynamic[figure]),
  }));
}

function printStart(rows) {
  say("\nThe start of a provider process: milliseconds");
  const cells = rows.map(({ what, dynamic, native, ratio }) => [
    what,
    dynamic.median.toFixed(0),
    native.median.toFixed(0),
    ratio.median.toFixed(2),
    range(ratio),
  ]);
  say(table(["what", "dynamic", "native", "ratio", ""], cells));
}

function importFigures(rounds, files, heavy) {
  return {
    inside: over(rounds, ({ inside }) => inside),
    whole: over(rounds, ({ alone, together }) => together - alone),
    sdk: over(rounds, ({ alone }) => alone),
    files: files.length,
    heavy,
  };
}

function printImport({ inside, whole, sdk, files, heavy }) {
  say("\nImporting the package, in addition to @pulumi/pulumi: milliseconds");
  const row = (what, figure) => [what, figure.median.toFixed(1), range(figure, 1)];
  say(
    table(
      ["what", "ms", ""],
      [
        row("the import itself", inside),
        row("whole processes, the difference", whole),
        row("a process with @pulumi/pulumi alone", sdk),
      ],
    ),
  );
  say(`${files} files loaded; of got, zod, jose: ${heavy.join(", ") || "none"}`);
}

function printProvider({ cpu, files }) {
  say("\nThe provider process, from the start of our code to the first request: milliseconds of processor time");
  say(table(["what", "ms", ""], [[`${files} files`, cpu.median.toFixed(1), range(cpu, 1)]]));
}

/** Returns the bytes that each additional resource adds to the exported state. */
async function stateFigures({ rounds, sizes, engine, signal }) {
  const [small, large] = [sizes.at(-2), sizes.at(-1)];
  if (small === undefined) return { small, large };
  const bytesOf = async (size) => {
    const known = rounds?.at(-1)[size].bytes;
    if (known !== undefined) return known;
    progress(`state of ${size} targets`);
    return (await round({ size, turn: 0, who: ["floor", "ours", "native"], what: ["create"], engine, signal })).bytes;
  };
  const [less, more] = [await bytesOf(small), await bytesOf(large)];
  progress("");
  const each = (name) => (more[name] - less[name]) / (large - small);
  return { small, large, floor: each("floor"), ours: each("ours"), native: each("native") };
}

function printState({ small, large, floor, ours, native }) {
  if (floor === undefined) return;
  say(`\nState: bytes for each resource (export of ${large} minus export of ${small})`);
  say(
    table(
      ["program", "bytes"],
      [
        ["nothing", floor.toFixed(0)],
        ["targets", ours.toFixed(0)],
        ["targets, native provider", native.toFixed(0)],
      ],
    ),
  );
}

/** Returns the goals, and whether they were met. */
function goals({ deploy = [], import: imported, provider }) {
  const plain = deploy.filter((row) => row.latency === 0);
  return [
    ...plain.map(({ step, targets, ratio, cpuRatio }) => ({
      ...goal(`${step} of ${targets}, times the floor`, ratio, 1.1),
      beside: `in CPU time ${cpuRatio.median.toFixed(2)}`,
    })),
    ...deploy
      .filter(({ growth }) => growth !== undefined)
      .map(({ step, targets, latency: late, growth, cpuGrowth, floorGrowth }) => ({
        ...goal(`${step} of ${targets}${late > 0 ? ` with ${late} ms` : ""}, growth of ms/target`, growth, 1.2),
        beside: `in CPU time ${cpuGrowth.median.toFixed(2)}, the floor's ${floorGrowth.median.toFixed(2)}`,
      })),
    ...(imported === undefined ? [] : [goal("import of the package, ms", imported.inside, 30)]),
    ...(provider === undefined ? [] : [goal("first request of the provider process, ms", provider.cpu, 60)]),
  ];
}

function goal(what, { median, least, most }, limit) {
  // If more targets seem to take less time than fewer, the result is only noise.
  const verdict = least <= 0 ? "unclear" : median <= limit ? "met" : "MISSED";
  return { what, median, least, most, limit, verdict };
}

function printGoals(list) {
  say("\nGoals");
  const cells = list.map(({ what, verdict, limit, beside, ...figure }) => [
    what,
    `at most ${limit}`,
    figure.median.toFixed(2),
    range(figure),
    `${verdict}${beside === undefined ? "" : ` (${beside})`}`,
  ]);
  say(table(["goal", "limit", "is", "", "verdict"], cells));
}

function range({ least, most }, digits = 2) {
  return `(${least.toFixed(digits)}..${most.toFixed(digits)})`;
}

/** On a terminal, shows a line that the next one replaces. */
function progress(text) {
  if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${text}`);
}

function say(text) {
  console.log(text);
}

main().catch((error) => {
  console.error(`bench: ${error.message}`);
  process.exitCode = 1;
});
