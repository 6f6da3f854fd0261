import { startZitadel, type Zitadel } from "../local/zitadel";
import { readSettings } from "../provider/config";
import { clientFor, create, failure, rotate, search } from "./support/provider";

let zitadel: Zitadel;

beforeEach(async () => {
  zitadel = await startZitadel();
});
afterEach(() => zitadel.stop());

const names = Array.from({ length: 20 }, (_, index) => `hook-${index}`);

/** Holds all requests that match until `release`, which is called when `until` is so. */
function holdAll(operation: "create" | "search", times = Infinity) {
  let release = (): void => undefined;
  const until = new Promise<void>((resolve) => (release = resolve));
  zitadel.faults.add({ match: { operation }, times, fault: { kind: "hold", until } });
  return release;
}

/** Lets everything go on that can go on without waiting for time to pass. */
async function seen(operation: "create" | "search", count: number): Promise<void> {
  while (zitadel.count()[operation] < count) await new Promise((resolve) => setImmediate(resolve));
}

test.each([1, 2, 3, 8])("never more than %i writes are in flight", async (maxConcurrentWrites) => {
  const client = clientFor(zitadel, { instance: { maxConcurrentWrites } });
  const release = holdAll("create", maxConcurrentWrites);
  const writes = names.map((name) => client.call(create(name)));
  await seen("create", maxConcurrentWrites);
  release();
  const created = (await Promise.all(writes)) as { id: string }[];
  expect(zitadel.maxConcurrentWrites).toBe(maxConcurrentWrites);
  expect(zitadel.targets()).toHaveLength(names.length);

  zitadel.clearRequests();
  await Promise.all(created.map(({ id }) => client.call(rotate(id))));
  expect(zitadel.maxConcurrentWrites).toBeLessThanOrEqual(maxConcurrentWrites);
  expect(zitadel.count().update).toBe(names.length);
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
  const releaseReads = holdAll("search");
  const writes = names.map((name) => client.call(create(name)));
  const reads = names.map(() => client.call(search));
  await seen("search", names.length);
  await seen("create", 2);
  expect(zitadel.count()).toMatchObject({ search: names.length, create: 2 });
  releaseReads();
  await Promise.all(reads);
  expect(zitadel.count().create).toBe(2);
  releaseWrites();
  await Promise.all(writes);
});

test("each instance has a bound of its own", async () => {
  const release = holdAll("create");
  const clients = ["eu", "us"].map((name) => clientFor(zitadel, { instance: { name } }));
  const writes = clients.flatMap((client, one) => names.map((name) => client.call(create(`${name}-${one}`))));
  await seen("create", 4);
  expect(zitadel.count().create).toBe(4);
  release();
  await Promise.all(writes);
  expect(zitadel.maxConcurrentWrites).toBeLessThanOrEqual(4);
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

test("a write that pauses before its next try makes room meanwhile", async () => {
  const client = clientFor(zitadel, { instance: { maxConcurrentWrites: 1 } });
  zitadel.faults.add({
    match: { when: ({ body }) => (body as { name: string }).name === "a" },
    fault: { kind: "status", status: 503 },
  });
  await Promise.all(["a", "b"].map((name) => client.call(create(name))));
  expect(zitadel.targets().map(({ name }) => name)).toEqual(["b", "a"]);
});
