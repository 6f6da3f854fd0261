import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { root } from "../support/documents";
import { event, headersOf } from "../support/webhook";

// Receivers as the build has them, in processes of their own: Jest would catch what ends one.

test("a service on node:http outlives handlers and hooks that throw, and answers every request", async () => {
  const program = `
    const { createServer } = require("node:http");
    const { expressWebhook } = require(${JSON.stringify(join(root, "dist", "webhook"))});
    const boom = () => { throw new Error("boom"); };
    const later = async () => boom();
    const options = { signingKey: "k", onRefused: later, onFailed: boom, onDone: later };
    const server = createServer(expressWebhook(options, later));
    server.listen(0, "127.0.0.1", () => console.log(server.address().port));`;
  const child = spawn(process.execPath, ["-e", program], { stdio: ["ignore", "pipe", "ignore"] });
  try {
    const [port] = (await once(child.stdout, "data")) as [Buffer];
    const body = JSON.stringify(event);
    const genuine = headersOf(body, "k", Math.floor(Date.now() / 1_000));
    const statuses: number[] = [];
    for (let i = 0; i < 20; i++) {
      const headers = i % 2 === 0 ? {} : genuine;
      const { status } = await fetch(`http://127.0.0.1:${Number(port)}/`, { method: "POST", headers, body });
      statuses.push(status);
    }
    expect(statuses).toEqual(Array.from({ length: 20 }, (_, i) => (i % 2 === 0 ? 401 : 500)));
    expect(child.exitCode).toBeNull();
  } finally {
    child.kill();
  }
});

test("the entry point for tests is there by import and by require, as the same functions, and needs nothing for JSON", () => {
  const run = (code: string) =>
    execFileSync(process.execPath, ["-e", code], { cwd: join(root, "examples"), encoding: "utf8" }).trim();
  const print = `.then(({ default: _, "module.exports": __, ...all }) => console.log(Object.keys(all).sort().join()))`;
  const names = "createSender,sampleEvent,sampleFunction,sampleRequest,sampleResponse";
  expect(run(`import("pulumi-zitadel-actions/webhook/testing")${print}`)).toBe(names);
  expect(run(`Promise.resolve(require("pulumi-zitadel-actions/webhook/testing"))${print}`)).toBe(names);
  const sign = `const { createSender } = require("pulumi-zitadel-actions/webhook/testing");
    createSender().then((sender) => sender.event("user.human.added")).then(() =>
      console.log(Object.keys(require.cache).filter((file) => file.includes("node_modules")).length));`;
  expect(run(sign)).toBe("0");
});
