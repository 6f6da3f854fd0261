const { join } = require("node:path");

// The tests start hundreds of Node processes that load the same code (programs, providers, commands). With a compile cache each of
// them starts faster. Jest's workers and everything that they start inherit this variable; `recorded()` passes it on where a test
// gives a process an environment of its own.
process.env.NODE_COMPILE_CACHE ??= join(__dirname, "node_modules", ".cache", "node-compile");
// Programs in TypeScript: `npm run types` and test/docs/snippets check the types of all of them at once, so a run need not check them again.
process.env.PULUMI_NODEJS_TRANSPILE_ONLY ??= "true";
const lazy = `--require ${JSON.stringify(join(__dirname, "test", "support", "lazy.js"))}`;

// jose and got are ES modules. npm's scripts start Jest with the flag that those need; where it is started without, as by `npx jest` or an
// editor, only its workers can have it, and Jest must not run a single file without them.
const flag = "--experimental-vm-modules";
const isBare = !process.execArgv.includes(flag) && process.env.NODE_OPTIONS?.includes(flag) !== true;
if (isBare && process.argv.some((argument) => argument === "-i" || argument === "--runInBand"))
  throw new Error(`Jest needs ${flag} here: run \`npm test -- ${process.argv.slice(2).join(" ")}\`.`);
const options = [process.env.NODE_OPTIONS, lazy, isBare ? `${flag} --disable-warning=ExperimentalWarning` : undefined];
process.env.NODE_OPTIONS = options.filter((option) => option !== undefined).join(" ");

// `npm run test:unit`: these start no process and need no build.
const folders = process.env.UNIT === undefined ? ["*"] : ["provider", "webhook", "local/zitadel"];

/** @type {import("jest").Config} */
module.exports = {
  // Many tests wait for processes of their own, so more workers than Jest's default are faster, even on two cores.
  maxWorkers: 4,
  // A worker keeps much of what each file leaves, and the larger its heap, the longer a collection of garbage takes. With a limit, Jest also
  // starts a worker for a single file.
  workerIdleMemoryLimit: "500MB",
  testSequencer: "<rootDir>/test/support/sequencer.js",
  testEnvironment: "node",
  globalSetup: "<rootDir>/test/support/build.js",
  globalTeardown: "<rootDir>/test/support/remove.js",
  testMatch: folders.map((folder) => `<rootDir>/test/${folder}/**/*.test.ts`),
  // The compiler checks the types (`npm run types`); here they are only taken out. Dynamic imports stay imports: got and jose are ES modules.
  transform: {
    "\\.ts$": [
      "@swc/jest",
      {
        jsc: { target: "es2023", parser: { syntax: "typescript" } },
        module: { type: "commonjs", ignoreDynamic: true },
      },
    ],
  },
  setupFilesAfterEnv: ["<rootDir>/test/support/search.ts"],
  // A loaded machine takes a multiple of what a free one does; a test that hangs is still found.
  testTimeout: 180_000,
};
