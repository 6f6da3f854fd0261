const { createHash } = require("node:crypto");
const { readdirSync, readFileSync } = require("node:fs");
const path = require("node:path");

// What is sent and what becomes of it, from a seed alone: both processes of the soak know it without telling each other.

const folder = path.join(__dirname, "..", "..", "data", "deliveries");
const readJson = (name) => JSON.parse(readFileSync(path.join(folder, name), "utf8"));

/** The bodies of all recorded deliveries, and the keys for those that are tokens. */
const recorded = readdirSync(folder)
  .filter((name) => name.endsWith(".json") && name !== "jwks.json")
  .map(readJson);
const instanceKeys = readJson("jwks.json");
const decryptionKeys = Object.fromEntries(
  recorded
    .filter(({ encryptionKeyId }) => encryptionKeyId !== undefined)
    .map(({ encryptionKeyId, privateKeyPem }) => [encryptionKeyId, privateKeyPem]),
);

/** Every forgery, with the status and the code of its answer. */
const forgeries = {
  "a changed body": [401, "signature_mismatch"],
  "another key": [401, "signature_mismatch"],
  "no header": [401, "header_missing"],
  "a malformed header": [401, "header_malformed"],
  "an old signature": [401, "too_old"],
  "a signature from the future": [401, "in_future"],
  "a large body": [413, "body_too_large"],
  "an empty body": [400, "body_missing"],
  "text that is not JSON": [400, "body_not_json"],
  "another payload": [400, "payload_invalid"],
  "a changed token": [401, "token_signature"],
};

/** What a handler does, with the status of the answer. */
const handlers = {
  answers: [200],
  "answers later": [200],
  "answers nothing": [200],
  throws: [500, "handler_failed"],
  rejects: [500, "handler_failed"],
  "answers what is not an answer": [500, "answer_invalid"],
};

/** What a hook does, and how often of a thousand times. The receiver waits for a hook that never ends for one second. */
const hooks = { returns: 599, "returns later": 200, throws: 100, rejects: 100, "never ends": 1 };

/** A whole number below a limit. */
function draw(limit, ...of) {
  return createHash("sha256").update(of.join(" ")).digest().readUInt32BE(0) % limit;
}

const oneOf = (list, ...of) => list[draw(list.length, ...of)];

/** What a hook does for a delivery. */
function hookPlan(hook, seed, number) {
  let rest = draw(1_000, seed, number, hook);
  return Object.keys(hooks).find((does) => (rest -= hooks[does]) < 0);
}

/** What is sent, and what it must lead to. Genuine deliveries and forgeries take turns. */
function plan(seed, number) {
  const delivery = oneOf(recorded, seed, number, "delivery");
  const forgery = number % 2 === 1 ? oneOf(Object.keys(forgeries), seed, number, "forgery") : undefined;
  const handler = forgery === undefined ? oneOf(Object.keys(handlers), seed, number, "handler") : undefined;
  // No answer to an event is wrong.
  const isIgnored = handler === "answers what is not an answer" && delivery.body.includes('"event_type"');
  const [status, code] = forgery !== undefined ? forgeries[forgery] : isIgnored ? [200] : handlers[handler];
  const outcome = forgery !== undefined ? "refused" : status === 200 ? "accepted" : "failed";
  const called = [...(outcome === "refused" ? ["onRefused"] : outcome === "failed" ? ["onFailed"] : []), "onDone"];
  return { delivery, forgery, handler, status, code, outcome, called };
}

/** What is counted: calls of the handler and of each hook, outcomes, and what was written to the console. */
function noCounts() {
  return {
    handler: 0,
    onRefused: 0,
    onFailed: 0,
    onDone: 0,
    accepted: 0,
    refused: 0,
    failed: 0,
    reported: 0,
    unknown: 0,
  };
}

module.exports = { decryptionKeys, hookPlan, instanceKeys, noCounts, plan, recorded };
