import { startZitadel, type Fault, type Operation, type Zitadel } from "../../../local/zitadel";
import type { Call } from "../../../provider/api/client";
import type { Client } from "../../../provider/core/client";
import { readSettings } from "../../../provider/settings/sources";
import { clientFor, create, failure, rotate, search } from "../../support/provider";

let zitadel: Zitadel;

beforeEach(async () => {
  zitadel = await startZitadel();
});
afterEach(() => zitadel.stop());

const names = Array.from({ length: 12 }, (_, index) => `hook-${index}`);

/** Holds the requests of that kind until the next `release()`. */
function holdAll(operation: Operation) {
  let release = (): void => undefined;
  const hold = () => new Promise<void>((resolve) => (release = resolve));
  let until = hold();
  const fault: Fault = {
    kind: "hold",
    get until() {
      return until;
    },
  };
  zitadel.faults.add({ match: { operation }, times: Infinity, fault });
  return () => {
    const before = release;
    until = hold();
    before();
  };
}

/** Some reads there and back: whatever was sent before them has arrived by then. */
async function settle(client: Client): Promise<void> {
  for (let round = 0; round < 3; round++) {
    await Promise.all(names.map(() => client.call(search)));
  }
}

describe.each([1, 2, 3, 8])("never more than %i", (maxConcurrentWrites) => {
  test.each<[Operation, (id: string, index: number) => Call]>([
    ["create", (_id, index) => create(`other-${index}`)],
    ["update", (id) => rotate(id)],
    ["delete", (id) => ({ ...rotate(id), method: "DELETE", body: {} })],
  ])("%ss are in flight", async (operation, callFor) => {
    const ids = names.map((name) => zitadel.add({ ...create(name).body }).id);
    const client = clientFor(zitadel, { instance: { maxConcurrentWrites } });
    const release = holdAll(operation);
    const writes = ids.map((id, index) => client.call(callFor(id, index)));
    for (let arrived = 0; arrived < ids.length;) {
      await settle(client);
      arrived = Math.min(arrived + maxConcurrentWrites, ids.length);
      expect(zitadel.count()[operation]).toBe(arrived);
      release();
    }
    await Promise.all(writes);
    expect(zitadel.maxConcurrentWrites).toBe(maxConcurrentWrites);
  });
});

test("the default is two", () => {
  const env = { ZITADEL_DOMAIN: "localhost", ZITADEL_ACCESS_TOKEN: "t" };
  expect(readSettings(() => undefined, env).instance(undefined).maxConcurrentWrites).toBe(2);
});

test("writes are let through in the order in which they came", async () => {
  const client = clientFor(zitadel, { instance: { maxConcurrentWrites: 1 } });
  await Promise.all(names.map((name) => client.call(create(name))));
  expect(zitadel.targets().map(({ name }) => name)).toEqual(names);
});

test("reads are not bounded, and pass the writes that wait", async () => {
  const client = clientFor(zitadel);
  const releaseWrites = holdAll("create");
  const writes = names.map((name) => client.call(create(name)));
  await settle(client);
  const releaseReads = holdAll("search");
  const reads = names.map(() => client.call(search));
  while (zitadel.count().search < 4 * names.length) await new Promise((resolve) => setImmediate(resolve));
  expect(zitadel.count().create).toBe(2);
  releaseReads();
  await Promise.all(reads);
  zitadel.faults.clear();
  releaseWrites();
  await Promise.all(writes);
});

test("each instance has a bound of its own", async () => {
  const release = holdAll("create");
  const clients = ["eu", "us"].map((name) => clientFor(zitadel, { instance: { name } }));
  const writes = clients.flatMap((client, one) => names.map((name) => client.call(create(`${name}-${one}`))));
  await Promise.all(clients.map(settle));
  expect(zitadel.count().create).toBe(4);
  zitadel.faults.clear();
  release();
  await Promise.all(writes);
});

test("a write that fails makes room for the next", async () => {
  const client = clientFor(zitadel, { instance: { maxConcurrentWrites: 1 } });
  zitadel.faults.add({ times: 3, fault: { kind: "answer", status: 400, body: { code: 3, message: "no" } } });
  zitadel.faults.add({ times: 2, fault: { kind: "reset" } });
  const writes = await Promise.allSettled(["a", "b", "c"].map((name) => client.call(create(name))));
  expect(writes.map(({ status }) => status)).toEqual(["rejected", "rejected", "rejected"]);
  expect((await failure(client.call(rotate("1")))).code).toBe("unanswered");
  await client.call(create("d"));
  expect(zitadel.targets().map(({ name }) => name)).toEqual(["d"]);
});

test("a write that pauses before its next try makes room in the meantime", async () => {
  const client = clientFor(zitadel, { instance: { maxConcurrentWrites: 1 } });
  zitadel.faults.add({
    match: { when: ({ body }) => (body as { name: string }).name === "a" },
    fault: { kind: "status", status: 503 },
  });
  await Promise.all(["a", "b"].map((name) => client.call(create(name))));
  expect(zitadel.targets().map(({ name }) => name)).toEqual(["b", "a"]);
});
