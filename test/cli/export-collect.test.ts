import type { IncomingMessage } from "node:http";
import { json } from "node:stream/consumers";
import { Client } from "../../provider/core/client";
import { collect } from "../../cli/inventory";
import { connect } from "../../provider/api/http";
import { executions } from "../../provider/execution/search";
import { everything, pagesOf } from "../../provider/api/search";
import { type Zitadel, startZitadel } from "../../local/zitadel";
import { base64, newKey } from "../support/keys";
import { clientFor, failure, fakeClock, instanceFor, serve } from "../support/provider";
import { seen, webhook } from "../support/world";

let zitadel: Zitadel;

beforeEach(async () => {
  zitadel = await startZitadel();
});
afterEach(() => zitadel.stop());

const addKey = (id: string, pem: string) => zitadel.addPublicKey(id, { publicKey: base64(pem) }).keyId;

test("everything is read as the server has it, without a signing key", async () => {
  const ids = ["b", "a", "c"].map((name) => zitadel.add({ ...webhook, name }).id);
  const [b = "", a = "", c = ""] = ids;
  const [old, young] = [addKey(a, newKey.p256()), addKey(a, newKey.p384())];
  zitadel.activatePublicKey(a, young);
  zitadel.setExecution({ function: { name: "preuserinfo" } }, [c, a]);
  zitadel.setExecution({ event: { group: "user.human" } }, [b]);

  const inventory = await collect(clientFor(zitadel));
  expect(inventory.host).toBe(`localhost:${zitadel.port}`);
  expect(inventory.targets).toMatchObject([
    { id: b, name: "b", endpoint: webhook.endpoint, timeout: "10s", restWebhook: {} },
    { id: a, name: "a" },
    { id: c, name: "c" },
  ]);
  expect([...inventory.keys.keys()]).toEqual([a]);
  expect(inventory.keys.get(a)).toMatchObject([
    { keyId: old, active: false },
    { keyId: young, active: true },
  ]);
  expect(inventory.executions).toMatchObject([
    { id: "event/user.human.*", condition: { event: { group: "user.human" } }, targets: [b] },
    { id: "function/preuserinfo", targets: [c, a] },
  ]);
  expect(inventory).toMatchObject({ strange: [], changed: false });
  for (const { signingKey } of zitadel.targets()) expect(JSON.stringify(inventory)).not.toContain(signingKey);
});

test("it takes one request for each thousand rows, one for each target's keys, and never more than eight at once", async () => {
  const names = Array.from({ length: 1001 }, (_, index) => `t${index}`);
  for (const name of names) zitadel.add({ ...webhook, name });
  zitadel.setExecution({ event: { all: true } }, [String(zitadel.targets()[1000]?.id)]);

  const instance = instanceFor(zitadel);
  const send = connect(instance);
  let inFlight = 0;
  let most = 0;
  const client = new Client(instance, {
    clock: fakeClock(),
    send: async (...request) => {
      most = Math.max(most, ++inFlight);
      return send(...request).finally(() => inFlight--);
    },
  });
  const { targets, executions } = await collect(client);
  expect(targets.map(({ name }) => name)).toEqual(names);
  expect(executions).toMatchObject([{ targets: [targets[1000]?.id] }]);
  expect(seen(zitadel)).toEqual({ search: 2, searchExecutions: 1, searchKeys: 1001 });
  expect(most).toBe(8);
});

test("who may only read can export", async () => {
  const viewer = zitadel.addUser({ userName: "viewer", role: "IAM_OWNER_VIEWER" });
  zitadel.add({ ...webhook, name: "hook" });
  const { targets } = await collect(clientFor({ url: zitadel.url, accessToken: viewer.accessToken }));
  expect(targets).toMatchObject([{ name: "hook" }]);
});

test("a refusal ends it, and nothing more is asked", async () => {
  const targets = Array.from({ length: 50 }, (_, index) => row(String(index)));
  let asked = 0;
  const server = await answering((path) => {
    if (path.endsWith("/publickeys/search")) asked++;
    if (path.endsWith("/publickeys/search")) return undefined;
    return path.includes("executions") ? page("executions", [], 0) : page("targets", targets, 50);
  });
  try {
    const error = await failure(collect(clientFor({ url: server.url, accessToken: "token" })), "token");
    expect(error.code).toBe("forbidden");
    expect(asked).toBeLessThanOrEqual(8);
  } finally {
    server.close();
  }
});

test("an execution with a condition of a later version is kept apart, and the pages after it are whole", async () => {
  const strange = { condition: { weather: { sky: "clear" } }, ...dates, targets: ["1"] };
  const known = Array.from({ length: 1000 }, (_, index) => ({
    condition: { event: { event: `e${index}` } },
    ...dates,
    targets: ["1"],
  }));
  const rows = [...known.slice(0, 500), strange, ...known.slice(500)];
  const offsets: number[] = [];
  const server = await answering((path, { pagination: { offset } }) => {
    if (!path.includes("executions")) return page("targets", [], 0);
    offsets.push(offset);
    return page("executions", rows.slice(offset, offset + 1000), rows.length);
  });
  try {
    const client = clientFor({ url: server.url, accessToken: "token" });
    const inventory = await collect(client);
    expect(inventory.executions).toHaveLength(1000);
    expect(inventory.strange).toEqual([expect.objectContaining({ condition: strange.condition, targets: ["1"] })]);
    const listed = await everything(pagesOf(client, executions));
    expect(new Set(listed.map(({ id }) => id)).size).toBe(1000);
    expect(listed).toHaveLength(1000);
    expect(offsets).toEqual([0, 1000, 0, 1000]);
  } finally {
    server.close();
  }
});

test("what moves from page to page while it is read is there once, and that something did is reported", async () => {
  const rows = Array.from({ length: 1001 }, (_, index) => row(String(index).padStart(4, "0")));
  const server = await answering((path, { pagination: { offset } }) => {
    if (path.endsWith("/publickeys/search")) return page("publicKeys", [], 0);
    if (path.includes("executions")) return page("executions", [], 0);
    // Before the second page is asked for, somebody's new row comes to the front.
    return offset === 0 ? page("targets", rows.slice(0, 1000), 1001) : page("targets", rows.slice(999), 1002);
  });
  try {
    const { targets, changed } = await collect(clientFor({ url: server.url, accessToken: "token" }));
    expect(targets.map(({ id }) => id)).toEqual(rows.map(({ id }) => id));
    expect(changed).toBe(true);
  } finally {
    server.close();
  }
});

const dates = { creationDate: "2026-07-01T12:00:00Z", changeDate: "2026-07-01T12:00:00Z" };

function row(id: string) {
  return { id, name: `t${id}`, endpoint: webhook.endpoint, timeout: "10s", restWebhook: {}, signingKey: "k", ...dates };
}

function page(name: string, rows: readonly object[], total: number): object {
  return { pagination: { ...(total > 0 && { totalResult: String(total) }), appliedLimit: "1000" }, [name]: rows };
}

/** A server that answers searches as it is told, and refuses what it is told nothing for. */
function answering(answer: (path: string, body: { pagination: { offset: number } }) => object | undefined) {
  return serve((request: IncomingMessage, response) => {
    void json(request).then((body) => {
      const found = answer(request.url ?? "", body as { pagination: { offset: number } });
      response.writeHead(found === undefined ? 403 : 200, { "content-type": "application/json" });
      response.end(JSON.stringify(found ?? { code: 7, message: "No matching permissions found (AUTH-5mWD2)" }));
    });
  });
}
