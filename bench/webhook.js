// Compares the cost of verifying a delivery with the least that it could cost. See README.md.
/* global Buffer, TextDecoder */
const { createHmac, timingSafeEqual } = require("node:crypto");
const { readFileSync } = require("node:fs");
const os = require("node:os");
const path = require("node:path");
const { performance } = require("node:perf_hooks");
const { parseArgs } = require("node:util");
const { verifyRaw } = require("../dist/webhook");
const { over, table } = require("./statistics");

const deliveries = path.join(__dirname, "..", "test", "data", "deliveries");
const read = (name) => JSON.parse(readFileSync(path.join(deliveries, `${name}.json`), "utf8"));

/** How many are verified at once: one after the other, and as many as on a server. */
const crowds = [1, 32];
const sizes = [{ bytes: 333 }, { bytes: 1_000, limit: 1.5 }, { bytes: 8_000, limit: 1.15 }, { bytes: 100_000 }];

async function main() {
  const { values } = parseArgs({
    options: { repeat: { type: "string", default: "15" }, milliseconds: { type: "string", default: "100" } },
  });
  const [repeat, milliseconds] = [Number(values.repeat), Number(values.milliseconds)];
  console.log(
    `Node ${process.versions.node}, ${os.cpus().length} CPUs, medians of ${repeat} rounds of ${milliseconds} ms, CPU time for each delivery\n`,
  );
  const rows = [];
  for (const { name, bare, ours, limit } of await cases()) {
    for (const crowd of crowds) {
      const count = await warmUp(bare, ours, crowd, milliseconds);
      const rounds = [];
      for (let turn = 0; turn < repeat; turn++) rounds.push(await round({ bare, ours, count, crowd, turn }));
      const ratio = over(rounds, (one) => one.ours.cpu / one.bare.cpu);
      rows.push([
        name,
        String(crowd),
        over(rounds, (one) => one.bare.cpu).median.toFixed(1),
        over(rounds, (one) => one.ours.cpu).median.toFixed(1),
        ratio.median.toFixed(2),
        `(${ratio.low.toFixed(2)}..${ratio.high.toFixed(2)})`,
        over(rounds, (one) => one.ours.wall / one.bare.wall).median.toFixed(2),
        limit === undefined ? "" : `at most ${limit}: ${judged(ratio, limit)}`,
      ]);
    }
  }
  console.log(
    table(
      ["delivery, and what it is compared with", "at once", "bare µs", "ours µs", "ratio", "", "wall ratio", "goal"],
      rows,
    ),
  );
}

/** A median says nothing about a goal if the middle half of the rounds lies on both sides of it. */
function judged({ median, low, high }, limit) {
  if (low <= limit && high > limit) return "unclear";
  return median <= limit ? "met" : "MISSED";
}

/** Runs both until a further second makes neither faster, so that everything is compiled. Returns how many fill a round. */
async function warmUp(bare, ours, crowd, milliseconds) {
  for (let best = Infinity; ;) {
    const started = performance.now();
    let count = 0;
    for (; performance.now() - started < 500; count += crowd)
      for (const work of [bare, ours]) await Promise.all(Array.from({ length: crowd }, () => work()));
    const each = (performance.now() - started) / count;
    if (each > best * 0.95) return Math.ceil((2 * milliseconds) / each / crowd) * crowd;
    best = each;
  }
}

/** Runs both, in an order that changes. Returns the microseconds for each delivery: of the clock, and of all processors. */
async function round({ bare, ours, count, crowd, turn }) {
  const times = {};
  const order = [
    ["bare", bare],
    ["ours", ours],
  ];
  for (const [name, work] of turn % 2 === 0 ? order : order.reverse()) {
    const [began, before] = [performance.now(), process.cpuUsage()];
    for (let done = 0; done < count; done += crowd) await Promise.all(Array.from({ length: crowd }, () => work()));
    const { user, system } = process.cpuUsage(before);
    times[name] = { wall: ((performance.now() - began) * 1_000) / count, cpu: (user + system) / count };
  }
  return times;
}

/** Checks that the code written by hand returns the same payload as ours. Throws if not. */
async function cases() {
  const { compactDecrypt, compactVerify, createLocalJWKSet, importPKCS8 } = await import("jose");
  const [jwt, rsa, ec] = ["request-jwt", "request-jwe-rsa", "request-jwe-ec"].map(read);
  const jwks = read("jwks");
  const keys = createLocalJWKSet(jwks);
  const text = new TextDecoder();
  const verified = async (token) => JSON.parse(text.decode((await compactVerify(token, keys)).payload));
  const opened = async ({ privateKeyPem }, alg) => {
    const key = await importPKCS8(privateKeyPem, alg);
    return async ({ body }) => verified(text.decode((await compactDecrypt(body, key)).plaintext));
  };
  const [openRsa, openEc] = [await opened(rsa, "RSA-OAEP-256"), await opened(ec, "ECDH-ES+A256KW")];

  const hmac = (delivery) => {
    const [, time, signature] = /^t=(\d+),v1=([0-9a-f]{64})$/.exec(delivery.headers["Zitadel-Signature"]);
    const expected = createHmac("sha256", delivery.target.signingKey)
      .update(`${time}.`)
      .update(delivery.bytes)
      .digest();
    if (!timingSafeEqual(expected, Buffer.from(signature, "hex"))) throw new Error("the signature does not match");
  };
  const ours = (delivery, more = {}) => {
    const now = () => new Date(delivery.receivedAtUnix * 1_000);
    const options = { signingKey: delivery.target.signingKey, now, ...more };
    return () => verifyRaw(delivery.bytes, delivery.headers, options);
  };
  for (const delivery of [jwt, rsa, ec]) delivery.bytes = Buffer.from(delivery.body);
  const withKeys = (delivery) => ({
    instanceKeys: jwks,
    decryptionKeys: { [delivery.encryptionKeyId]: delivery.privateKeyPem },
  });
  const signed = (delivery, open) => () => {
    hmac(delivery);
    return open(delivery);
  };
  const tokens = [
    { name: "JWT", ours: ours(jwt, { instanceKeys: jwks }), delivery: jwt, open: ({ body }) => verified(body) },
    { name: "JWE for RSA", ours: ours(rsa, withKeys(rsa)), delivery: rsa, open: openRsa },
    { name: "JWE for EC", ours: ours(ec, withKeys(ec)), delivery: ec, open: openEc },
  ];
  return [
    ...sizes.map(({ bytes, limit }) => {
      const json = jsonOf(bytes);
      const bare = () => {
        hmac(json);
        return JSON.parse(text.decode(json.bytes));
      };
      return {
        name: `JSON of ${json.bytes.length} bytes: node:crypto's HMAC and JSON.parse`,
        bare,
        ours: ours(json),
        limit,
      };
    }),
    ...tokens.map(({ name, ours, delivery, open }) => ({
      name: `${name}: node:crypto's HMAC and jose`,
      bare: signed(delivery, open),
      ours,
      limit: 1.2,
    })),
  ];
}

/** Returns a delivery of about that many bytes, signed with the key of a recorded one. */
function jsonOf(size) {
  const { target, receivedAtUnix, body, headers } = read("request-json");
  if (size === body.length) return { target, receivedAtUnix, headers, bytes: Buffer.from(body) };
  const about = JSON.parse(body);
  const users = [];
  const sized = () => Buffer.from(JSON.stringify({ ...about, headers: undefined, request: { users } }));
  for (let i = 0; sized().length < size - 80; i++)
    users.push({ id: String(i), name: `User ${i}`, email: `user-${i}@example.com`, roles: ["a", "b"] });
  const bytes = sized();
  const signature = createHmac("sha256", target.signingKey).update(`${receivedAtUnix}.`).update(bytes).digest("hex");
  return { target, receivedAtUnix, bytes, headers: { "Zitadel-Signature": `t=${receivedAtUnix},v1=${signature}` } };
}

main().catch((error) => {
  console.error(error);
  process.exitCode = 1;
});
