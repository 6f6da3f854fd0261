/* global gc, setImmediate, setTimeout */
// The service of the soak: a receiver whose handler and hooks fail as plan.js says. soak/webhook.js starts it, and asks it for counts
// and for its memory. Nothing here catches what the receiver lets through: that would end the process.
const { createServer } = require("node:http");
const express = require("express");
const { fastify } = require("fastify");
const { appendClaims, expressWebhook, fastifyWebhook } = require("../../../dist/webhook");
const { decryptionKeys, hookPlan, instanceKeys, noCounts, plan } = require("./plan");

const [framework, seed, signingKey] = process.argv.slice(2);

const counts = noCounts();

// What the receiver reports: hooks that failed. They are counted, because twenty thousand lines are too many to read.
console.error = (text) => {
  if (/^pulumi-zitadel-actions\/webhook: `on\w+` failed:$/.test(text)) counts.reported++;
  else counts.unknown++;
};

let most = 0;
const memory = () => {
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
};

const later = () => new Promise((resolve) => setImmediate(resolve));

function hook(name) {
  return (about, { headers }) => {
    counts[name]++;
    if (name === "onDone") counts[about.outcome]++;
    most = Math.max(most, memory());
    const number = headers["x-number"];
    const does = number === undefined ? "returns" : hookPlan(name, seed, number);
    if (does === "throws") throw new Error("a hook");
    if (does === "rejects") return later().then(() => Promise.reject(new Error("a hook")));
    if (does === "returns later") return later();
    return does === "never ends" ? new Promise(() => undefined) : undefined;
  };
}

function handler({ kind, payload }, { headers }) {
  counts.handler++;
  // Only a function gets claims; a call gets a message, of which ZITADEL decides.
  const answer =
    kind === "function" ? appendClaims({ members: Object.keys(payload) }) : { members: Object.keys(payload).length };
  switch (plan(seed, Number(headers["x-number"])).handler) {
    case "answers":
      return answer;
    case "answers later":
      return later().then(() => answer);
    case "throws":
      throw new Error("a handler");
    case "rejects":
      return later().then(() => Promise.reject(new Error("a handler")));
    case "answers what is not an answer":
      return ["a list"];
    default:
      return undefined;
  }
}

const options = {
  signingKey,
  instanceKeys,
  decryptionKeys,
  payloadTypes: ["PAYLOAD_TYPE_JSON", "PAYLOAD_TYPE_JWT", "PAYLOAD_TYPE_JWE"],
  onRefused: hook("onRefused"),
  onFailed: hook("onFailed"),
  onDone: hook("onDone"),
};

const servers = {
  "node:http": () => createServer(expressWebhook(options, handler)),
  Express: () => createServer(express().post("/", expressWebhook(options, handler))),
  Fastify: async () => {
    const app = fastify();
    app.register(fastifyWebhook("/", options, handler));
    await app.ready();
    return app.server;
  },
};

/** The memory that is in use after everything unused is freed. */
async function settled() {
  for (let i = 0; i < 5; i++) {
    gc();
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return memory();
}

process.on("message", async (asked) => {
  const used = asked.settled ? await settled() : undefined;
  process.send({ counts, used, most });
  if (asked.restart) most = 0;
});
process.on("disconnect", () => process.exit());

Promise.resolve(servers[framework]()).then((server) => {
  server.listen(0, "127.0.0.1", () => process.send({ port: server.address().port }));
});
