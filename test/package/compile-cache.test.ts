import { execFileSync } from "node:child_process";
import { root } from "../support/documents";
import { spawned } from "../support/cli";
import { faster } from "../support/records";

// The end-to-end tests spend most of their time in Node processes that load the same files. The compile cache makes that faster.

const script = 'console.log(require("node:module").getCompileCacheDir())';

test("the cache lies in node_modules, which is never committed, unless the environment names another place", () => {
  expect(process.env["NODE_COMPILE_CACHE"]).toBeDefined();
  const print = "require('./jest.config.js'); console.log(process.env.NODE_COMPILE_CACHE)";
  const { NODE_COMPILE_CACHE: _, ...env } = process.env;
  const place = (more: object) => {
    const options = { cwd: root, env: { ...env, ...more }, encoding: "utf8" } as const;
    return execFileSync(process.execPath, ["-e", print], options).trim();
  };
  expect(place({})).toBe(`${root}/node_modules/.cache/node-compile`);
  expect(place({ NODE_COMPILE_CACHE: "/elsewhere" })).toBe("/elsewhere");
});

test("processes that a test starts use it, also those with an environment of their own", async () => {
  const { NODE_COMPILE_CACHE = "" } = faster();
  const inherited = execFileSync(process.execPath, ["-e", script], { encoding: "utf8" });
  const { stdout: own } = await spawned([process.execPath, "-e", script], {});
  for (const folder of [inherited, own]) expect(folder.startsWith(NODE_COMPILE_CACHE)).toBe(true);
});
