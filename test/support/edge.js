// Verifies the recorded deliveries in a context that has what the web has, and nothing of Node. Its own process: Jest's sandbox
// has Node in it. Prints what came of it as JSON. `node --experimental-vm-modules edge.js edge|bare [ATTEMPTS.json]`
/* global crypto, TextEncoder, TextDecoder, atob, btoa, URL, Headers, Request, Response, ReadableStream, AbortController, setTimeout, clearTimeout, structuredClone, CryptoKey, performance */
const { readFileSync, readdirSync } = require("node:fs");
const { createRequire } = require("node:module");
const path = require("node:path");
const { pathToFileURL } = require("node:url");
const vm = require("node:vm");
const { EdgeVM } = require("@edge-runtime/vm");

const root = path.join(__dirname, "..", "..");
const deliveries = path.join(root, "test", "data", "deliveries");

/** What the standards give and this module uses: named one by one, so that it cannot use more unseen. */
function bareContext() {
  const given = {
    crypto,
    TextEncoder,
    TextDecoder,
    atob,
    btoa,
    URL,
    Headers,
    Request,
    Response,
    ReadableStream,
    AbortController,
  };
  return vm.createContext({ ...given, setTimeout, clearTimeout, structuredClone, CryptoKey, performance });
}

/** Loads an ES module and all that it imports into the context. */
async function load(entry, context) {
  const modules = new Map();
  const loaded = [];
  const open = (file) => {
    const known = modules.get(file);
    if (known !== undefined) return known;
    loaded.push(path.relative(root, file));
    const module = new vm.SourceTextModule(readFileSync(file, "utf8"), {
      context,
      identifier: pathToFileURL(file).href,
      importModuleDynamically: async (name) => {
        const dynamic = open(resolve(name, file));
        if (dynamic.status === "unlinked") await dynamic.link(link);
        if (dynamic.status === "linked") await dynamic.evaluate();
        return dynamic;
      },
    });
    modules.set(file, module);
    return module;
  };
  const link = (name, from) => open(resolve(name, new URL(from.identifier).pathname));
  const module = open(entry);
  await module.link(link);
  await module.evaluate();
  return { exports: module.namespace, loaded };
}

function resolve(name, from) {
  if (name.startsWith(".")) return path.join(path.dirname(from), name);
  return createRequire(from).resolve(name);
}

async function main() {
  const context = process.argv[2] === "bare" ? bareContext() : new EdgeVM().context;
  const absent = ["process", "Buffer", "require", "global", "setImmediate"];
  const present = absent.filter((name) => vm.runInContext(`typeof ${name} !== "undefined"`, context));
  const { exports, loaded } = await load(path.join(root, "dist", "esm", "webhook", "index.js"), context);
  const before = loaded.length;
  const results = {};
  const jwks = readFileSync(path.join(deliveries, "jwks.json"), "utf8");
  for (const file of readdirSync(deliveries).filter((name) =>
    /^(event|function|request|response)-.*\.json$/.test(name),
  )) {
    context.exports = exports;
    context.text = JSON.stringify({
      recorded: JSON.parse(readFileSync(path.join(deliveries, file), "utf8")),
      jwks: JSON.parse(jwks),
    });
    // All of it, the making of the request too, is done within.
    const result = await vm.runInContext(
      `(async () => {
        const { recorded, jwks } = JSON.parse(text);
        const { signingKey, payloadType } = recorded.target;
        const options = { signingKey, now: () => new Date(recorded.receivedAtUnix * 1000) };
        if (payloadType !== "PAYLOAD_TYPE_JSON") options.instanceKeys = jwks;
        if (recorded.encryptionKeyId) options.decryptionKeys = { [recorded.encryptionKeyId]: recorded.privateKeyPem };
        const headers = { "Zitadel-Signature": recorded.headers["Zitadel-Signature"] };
        const of = (body) => new Request("https://example.com/", { method: "POST", body, headers });
        const { kind } = await exports.verify(of(recorded.body), options);
        const reply = await exports.webhook(options, ({ kind }) =>
          kind === "function" ? exports.appendClaims({ a: 1 }) : { a: 1 },
        )(of(recorded.body));
        const forged = await exports.webhook(options, () => undefined)(of(recorded.body + " "));
        return JSON.stringify({ kind, answer: await reply.text(), forged: forged.status });
      })()`,
      context,
    );
    results[file.replace(".json", "")] = JSON.parse(result);
  }
  const tried = process.argv[3] === undefined ? undefined : await tryThere(exports, context, process.argv[3]);
  const jose = (files) => files.filter((file) => file.includes("node_modules/jose/")).length;
  console.log(
    JSON.stringify({ present, results, tried, joseAtFirst: jose(loaded.slice(0, before)), jose: jose(loaded) > 0 }),
  );
}

/** Tries the deliveries and forgeries of a file, that attempts.ts has written, within the context. */
async function tryThere(exports, context, file) {
  const { exports: here } = await load(path.join(__dirname, "try-attempts.mjs"), context);
  context.attempts = readFileSync(file, "utf8");
  context.tryAll = here.tryAll;
  context.exports = exports;
  const json = "(async () => JSON.stringify(await tryAll(exports, JSON.parse(attempts))))()";
  return JSON.parse(await vm.runInContext(json, context));
}

main().catch((error) => {
  console.error(error);
  process.exitCode = 1;
});
