/* global Buffer, setTimeout */
// Sends deliveries and forgeries to receivers whose handlers and hooks fail at random: see docs/reliability.md.
// `node webhook.js [--number 20000] [--seed 1] [--json]`
const { fork } = require("node:child_process");
const { randomInt } = require("node:crypto");
const { once } = require("node:events");
const http = require("node:http");
const { connect } = require("node:net");
const path = require("node:path");
const { performance } = require("node:perf_hooks");
const { parseArgs } = require("node:util");
const { table } = require("../../../bench/statistics");
const { createSender } = require("../../../dist/webhook/testing");
const { hookPlan, noCounts, plan, recorded } = require("./plan");

const frameworks = ["node:http", "Express", "Fastify"];
/** How many deliveries are under way at once. */
const crowd = 32;
/** How much more memory may be in use at the end than after a quarter of the deliveries, in bytes. */
const tolerance = 1_000_000;
/** How many send bodies without a signature, how much each of them sends, and how much memory all of them may take, in bytes. */
const strangers = 200;
const sent = 900_000;
const allowed = 60_000_000;

const megabytes = (bytes) => Number((bytes / 1_000_000).toFixed(1));

async function startService(framework, seed, signingKey) {
  const child = fork(path.join(__dirname, "service.js"), [framework, String(seed), signingKey], {
    execArgv: ["--expose-gc"],
    stdio: ["ignore", "inherit", "inherit", "ipc"],
  });
  const ended = once(child, "exit").then(([code, signal]) => {
    throw new Error(`the service ended (${code ?? signal})`);
  });
  ended.catch(() => undefined);
  const next = () => Promise.race([once(child, "message"), ended]).then(([message]) => message);
  const { port } = await next();
  return {
    port,
    ask: (what) => {
      const answer = next();
      child.send(what);
      return answer;
    },
    isAlive: () => child.exitCode === null && child.signalCode === null,
    stop: async () => {
      child.kill();
      if (child.exitCode === null && child.signalCode === null) await once(child, "exit");
    },
  };
}

/** What is sent for a plan: a body and headers, or only a length. */
async function partsOf({ delivery, forgery }, sender, stranger) {
  const { body } = delivery;
  const after = (seconds) => ({ at: new Date(Date.now() + seconds * 1_000) });
  const signed = async (text, options, by = sender) => {
    const { headers } = await by.deliver(text, options);
    return { body: text, headers };
  };
  const with_ = async (changed) => ({ ...(await signed(body)), ...changed });
  switch (forgery) {
    case "a changed body":
      return with_({ body: `${body.slice(0, -1)}~` });
    case "another key":
      return signed(body, {}, stranger);
    case "no header":
      return with_({ headers: { "Content-Type": "application/json" } });
    case "a malformed header":
      return with_({ headers: { "Content-Type": "application/json", "Zitadel-Signature": "t=1" } });
    case "an old signature":
      return signed(body, after(-400));
    case "a signature from the future":
      return signed(body, after(60));
    case "a large body":
      return with_({ body: undefined, length: 2_000_000 });
    case "an empty body":
      return signed("");
    case "text that is not JSON":
      return signed("not JSON");
    case "another payload":
      return signed('{"sub":"1"}');
    case "a changed token": {
      const [header, payload, signature] = recorded
        .find(({ target }) => target.payloadType === "PAYLOAD_TYPE_JWT")
        .body.split(".");
      const other = Buffer.from(JSON.stringify({ fullMethod: "/a.B/C" })).toString("base64url");
      return signed([header, payload.length > 0 ? other : payload, signature].join("."));
    }
    default:
      return signed(body);
  }
}

function post({ port, agent, number, body, headers, length }) {
  return new Promise((resolve, reject) => {
    const all = { ...headers, "X-Number": String(number), "Content-Length": length ?? Buffer.byteLength(body) };
    const request = http.request({ host: "127.0.0.1", port, agent, method: "POST", headers: all }, (response) => {
      let text = "";
      response.on("data", (data) => (text += data));
      response.on("end", () => {
        resolve({ status: response.statusCode, text });
        // Of a body that was only announced, nothing follows.
        if (body === undefined) request.destroy();
      });
      response.on("error", reject);
    });
    request.setTimeout(30_000, () => request.destroy(new Error("no answer within 30 s")));
    request.on("error", reject);
    if (body === undefined) request.flushHeaders();
    else request.end(body);
  });
}

/** Sends all deliveries. Returns what came of them, and what is wrong with that. */
async function soak(framework, total, seed) {
  const [sender, stranger] = [await createSender(), await createSender()];
  const service = await startService(framework, seed, sender.keys.signingKey);
  const agent = new http.Agent({ keepAlive: true, maxSockets: crowd });
  const wrong = [];
  const statuses = {};
  const expected = noCounts();
  const planned = {};
  let next = 0;

  const sendOne = async (number) => {
    const its = plan(seed, number);
    const parts = await partsOf(its, sender, stranger);
    const came = await post({ port: service.port, agent, number, ...parts }).catch((error) => error);
    if (came instanceof Error) {
      wrong.push(`${number} (${its.forgery ?? "genuine"}) was not answered: ${came.message}`);
      return;
    }
    statuses[came.status] = (statuses[came.status] ?? 0) + 1;
    const code = came.status === 200 ? undefined : JSON.parse(came.text).error;
    if (came.status !== its.status || code !== its.code)
      wrong.push(`${number} (${its.forgery ?? its.handler}): ${came.status} ${came.text}`);
  };
  const expect = (number) => {
    const its = plan(seed, number);
    planned[its.status] = (planned[its.status] ?? 0) + 1;
    expected[its.outcome]++;
    if (its.handler !== undefined) expected.handler++;
    for (const hook of its.called) {
      expected[hook]++;
      if (["throws", "rejects"].includes(hookPlan(hook, seed, number))) expected.reported++;
    }
  };
  const sendUntil = async (last) => {
    const work = async () => {
      while (next < last) await sendOne(next++);
    };
    await Promise.all(Array.from({ length: crowd }, work));
  };

  try {
    const started = performance.now();
    await sendUntil(Math.floor(total / 4));
    const { used: quarter } = await service.ask({ settled: true });
    await sendUntil(total);
    const { used: end, counts } = await service.ask({ settled: true });
    const seconds = (performance.now() - started) / 1_000;
    for (let number = 0; number < total; number++) expect(number);
    for (const [what, came, should] of [
      ["statuses", statuses, planned],
      ["counts", counts, expected],
    ])
      if (!isEqual(came, should)) wrong.push(`${what}: ${JSON.stringify(came)} instead of ${JSON.stringify(should)}`);
    if (end - quarter > tolerance) wrong.push(`memory grew from ${megabytes(quarter)} to ${megabytes(end)} MB`);
    if (!service.isAlive()) wrong.push("the service has ended");
    return { framework, total, statuses, counts, quarter: megabytes(quarter), end: megabytes(end), seconds, wrong };
  } finally {
    agent.destroy();
    await service.stop();
  }
}

function isEqual(one, other) {
  return JSON.stringify(Object.entries(one).sort()) === JSON.stringify(Object.entries(other).sort());
}

/** Many senders without a signature at once: half of them announce a large body, and half of them send one in chunks without end. */
async function crowdOfStrangers(framework) {
  const service = await startService(framework, 0, (await createSender()).keys.signingKey);
  const sockets = [];
  try {
    const { used: before } = await service.ask({ settled: true, restart: true });
    const chunk = Buffer.alloc(65_536, 0x20);
    for (let i = 0; i < strangers; i++) {
      const socket = connect(service.port, "127.0.0.1");
      sockets.push(socket);
      socket.on("error", () => undefined); // The service closes it while it is written to.
      const isChunked = i % 2 === 1;
      const head = isChunked ? "Transfer-Encoding: chunked" : "Content-Length: 1000000";
      socket.write(`POST / HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n${head}\r\n\r\n`);
      for (let bytes = 0; bytes < sent; bytes += chunk.length) {
        if (isChunked) socket.write(`${chunk.length.toString(16)}\r\n`);
        socket.write(chunk);
        if (isChunked) socket.write("\r\n");
      }
    }
    for (let waited = 0; ; waited++) {
      const { counts, most } = await service.ask({});
      if (counts.onRefused === strangers || waited > 600) {
        const { used: after } = await service.ask({ settled: true });
        const [peak, held] = [most - before, after - before];
        const wrong = counts.onRefused === strangers ? [] : [`${counts.onRefused} of ${strangers} were refused`];
        if (peak > allowed) wrong.push(`memory rose by ${megabytes(peak)} MB`);
        return { framework, strangers, peak: megabytes(peak), held: megabytes(held), wrong };
      }
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  } finally {
    for (const socket of sockets) socket.destroy();
    await service.stop();
  }
}

async function main() {
  const { values } = parseArgs({
    options: {
      number: { type: "string", default: "20000" },
      seed: { type: "string", default: String(randomInt(1_000_000_000)) },
      json: { type: "boolean", default: false },
    },
  });
  const [number, seed] = [Number(values.number), Number(values.seed)];
  if (!Number.isSafeInteger(number) || number < 4) throw new Error("--number must be a whole number of at least 4");
  if (!Number.isSafeInteger(seed)) throw new Error("--seed must be a whole number");
  const soaked = [];
  const crowds = [];
  for (const framework of frameworks) {
    soaked.push(await soak(framework, number, seed));
    crowds.push(await crowdOfStrangers(framework));
  }
  const wrong = [...soaked, ...crowds].flatMap((one) => one.wrong.map((what) => `${one.framework}: ${what}`));
  if (wrong.length > 0) process.exitCode = 1;
  if (values.json) {
    console.log(JSON.stringify({ soaked, crowds, tolerance: megabytes(tolerance), allowed: megabytes(allowed) }));
    return;
  }
  console.log(`Node ${process.versions.node}, seed ${seed}, ${number} deliveries, ${crowd} at once\n`);
  const rows = soaked.map(({ framework, total, statuses, counts, quarter, end, seconds }) => [
    framework,
    String(total),
    ...[200, 400, 401, 413, 500].map((status) => String(statuses[status] ?? 0)),
    ...["onRefused", "onFailed", "onDone", "reported"].map((hook) => String(counts[hook])),
    String(quarter),
    String(end),
    seconds.toFixed(0),
  ]);
  const hooks = ["onRefused", "onFailed", "onDone", "hooks that failed"];
  console.log(
    table(
      ["framework", "answers", "200", "400", "401", "413", "500", ...hooks, "MB at 25 %", "MB at the end", "s"],
      rows,
    ),
  );
  console.log(`\n${strangers} senders without a signature, ${megabytes(sent)} MB from each:\n`);
  const more = crowds.map(({ framework, peak, held }) => [framework, String(peak), String(held)]);
  console.log(table(["framework", "MB more at most", "MB more afterwards"], more));
  for (const line of wrong.slice(0, 20)) console.error(line);
}

main().catch((error) => {
  console.error(error);
  process.exitCode = 1;
});
