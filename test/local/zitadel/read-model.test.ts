import { startZitadel, type Zitadel } from "../../../local/zitadel";
import { base64, newKey } from "../../support/keys";
import { call } from "../../support/replay";

const TARGETS = "/v2/actions/targets";
const wanted = (name: string) => ({ name, endpoint: "https://example.com", timeout: "10s", restWebhook: {} });

let time: number;
let zitadel: Zitadel;

beforeEach(async () => {
  time = Date.parse("2026-07-01T12:00:00Z");
  zitadel = await startZitadel({ now: () => new Date(time) });
});
afterEach(() => zitadel.stop());

const send = (request: string, body?: unknown) =>
  call({ baseUrl: zitadel.url, accessToken: zitadel.accessToken }, request, body);
const status = async (request: string, body?: unknown) => (await send(request, body)).status;

const condition = { function: { name: "preuserinfo" } };
const publicKey = base64(newKey.p256());

/** The targets of the one execution that a search shows. */
async function targetsShown(): Promise<string[]> {
  const { body } = await send("POST /v2/actions/executions/search", {});
  return (body as { executions?: { targets: string[] }[] }).executions?.[0]?.targets ?? [];
}
/** The keys that a search shows, each with a star if it is active, oldest first. */
async function keysShown(target: string): Promise<string[]> {
  const { body } = await send(`POST ${TARGETS}/${target}/publickeys/search`, { pagination: { asc: true } });
  const { publicKeys = [] } = body as { publicKeys?: { keyId: string; active?: boolean }[] };
  return publicKeys.map(({ keyId, active }) => `${keyId}${active ? "*" : ""}`);
}

/** The timeout that GET shows, or the status if it shows none. */
async function shownTimeout(id: string): Promise<unknown> {
  const { status, body } = await send(`GET ${TARGETS}/${id}`);
  return (body as { target?: { timeout: string } }).target?.timeout ?? status;
}
async function namesFound(): Promise<string[]> {
  const { body } = await send(`POST ${TARGETS}/search`, { pagination: { asc: true } });
  return ((body as { targets?: { name: string }[] }).targets ?? []).map(({ name }) => name);
}

test("shows a write at once, unless told otherwise", async () => {
  const { id } = zitadel.add(wanted("a"));
  expect(await shownTimeout(id)).toBe("10s");
  zitadel.change(id, { timeout: "5s" });
  expect(await shownTimeout(id)).toBe("5s");
  zitadel.remove(id);
  expect(await shownTimeout(id)).toBe(404);
});

test("stands still between pause and resume, while the write side goes on", async () => {
  const { id } = zitadel.add(wanted("a"));
  zitadel.readModel.pause();
  zitadel.change(id, { timeout: "5s" });
  const second = zitadel.add(wanted("b"));
  expect(await shownTimeout(id)).toBe("10s");
  expect(await shownTimeout(second.id)).toBe(404);
  expect(await status(`POST ${TARGETS}/${second.id}`, {})).toBe(200);
  expect(zitadel.targets()).toMatchObject([{ timeout: "5s" }, { name: "b" }]);
  zitadel.readModel.resume();
  expect(await shownTimeout(id)).toBe("5s");
  expect(await namesFound()).toEqual(["a", "b"]);
});

test("withholds what is written from the next reads only", async () => {
  const { id } = zitadel.add(wanted("a"));
  zitadel.readModel.lagReads(2);
  expect(await shownTimeout(id)).toBe("10s");
  zitadel.change(id, { name: "b", timeout: "5s" });
  expect(await shownTimeout(id)).toBe("10s");
  expect(await namesFound()).toEqual(["a"]);
  expect(await shownTimeout(id)).toBe("5s");
});

test("lags by the server's clock", async () => {
  zitadel.readModel.lag(200);
  const { id } = zitadel.add(wanted("a"));
  time += 199;
  expect(await shownTimeout(id)).toBe(404);
  zitadel.change(id, { timeout: "5s" });
  time += 1;
  expect(await shownTimeout(id)).toBe("10s");
  time += 200;
  expect(await shownTimeout(id)).toBe("5s");
});

test("a lost create is never shown; it can be updated and deleted, and its name is taken until then", async () => {
  zitadel.readModel.loseNext("create");
  const { id } = zitadel.add(wanted("a"));
  expect(await shownTimeout(id)).toBe(404);
  expect(await namesFound()).toEqual([]);
  expect(await send(`POST ${TARGETS}`, wanted("A"))).toMatchObject({ status: 409, body: { code: 6 } });
  expect(await status(`POST ${TARGETS}/${id}`, { timeout: "5s" })).toBe(200);
  expect(await shownTimeout(id)).toBe(404);
  expect(zitadel.targets()).toMatchObject([{ id, timeout: "5s" }]);
  expect(await status(`DELETE ${TARGETS}/${id}`)).toBe(200);
  const again = zitadel.add(wanted("a"));
  expect(await shownTimeout(again.id)).toBe("10s");
});

test("a lost update stays lost if it is repeated; another value and then the right one repair it", async () => {
  const { id } = zitadel.add(wanted("a"));
  zitadel.readModel.loseNext("update");
  const lost = await send(`POST ${TARGETS}/${id}`, { timeout: "5s" });
  expect(await shownTimeout(id)).toBe("10s");
  const repeated = await send(`POST ${TARGETS}/${id}`, { timeout: "5s" });
  expect(repeated.body).toEqual(lost.body);
  expect(await shownTimeout(id)).toBe("10s");
  zitadel.change(id, { timeout: "6s" });
  zitadel.change(id, { timeout: "5s" });
  expect(await shownTimeout(id)).toBe("5s");
});

test("a lost delete leaves a ghost, whose name another target may have beside it", async () => {
  const { id } = zitadel.add(wanted("a"));
  zitadel.readModel.loseNext("delete", 2);
  const deleted = await send(`DELETE ${TARGETS}/${id}`);
  expect(await shownTimeout(id)).toBe("10s");
  expect(await send(`DELETE ${TARGETS}/${id}`)).toMatchObject({ status: 200, body: deleted.body });
  const { body } = await send(`POST ${TARGETS}/${id}`, {});
  expect(body).toMatchObject({ details: [{ id: "COMMAND-xj14f2cccn" }] });
  const second = zitadel.add(wanted("a"));
  expect(await namesFound()).toEqual(["a", "a"]);
  // The second of the two that were to be lost.
  zitadel.remove(second.id);
  expect(await namesFound()).toEqual(["a", "a"]);
  expect(zitadel.targets()).toEqual([]);
});

test("executions and keys lag and stand still like targets", async () => {
  const { id } = zitadel.add(wanted("a"));
  zitadel.readModel.lag(100);
  zitadel.setExecution(condition, [id]);
  expect(await targetsShown()).toEqual([]);
  time += 100;
  expect(await targetsShown()).toEqual([id]);
  zitadel.readModel.pause();
  const { keyId } = zitadel.addPublicKey(id, { publicKey });
  zitadel.activatePublicKey(id, keyId);
  zitadel.setExecution(condition, []);
  time += 100;
  expect([await keysShown(id), await targetsShown()]).toEqual([[], [id]]);
  expect(zitadel.publicKeys(id)).toMatchObject([{ keyId, active: true }]);
  expect(zitadel.executions()).toEqual([]);
  zitadel.readModel.resume();
  expect([await keysShown(id), await targetsShown()]).toEqual([[`${keyId}*`], []]);
});

test("words are no reads, searches are", async () => {
  const { id } = zitadel.add(wanted("a"));
  zitadel.readModel.lagReads(2);
  zitadel.setExecution(condition, [id]);
  await send("GET /v2/actions/executions/functions");
  expect([await targetsShown(), await keysShown(id)]).toEqual([[], []]);
  expect(await targetsShown()).toEqual([id]);
});

test("a lost execution stays lost if it is set again; another list and then the right one repair it", async () => {
  const [a, b] = [zitadel.add(wanted("a")).id, zitadel.add(wanted("b")).id];
  zitadel.setExecution(condition, [a]);
  zitadel.readModel.loseNext("setExecution");
  const { setDate } = zitadel.setExecution(condition, [b]);
  expect(zitadel.setExecution(condition, [b])).toEqual({ setDate });
  expect(await targetsShown()).toEqual([a]);
  expect(zitadel.executions()).toMatchObject([{ id: "function/preuserinfo", targets: [b] }]);
  zitadel.setExecution(condition, [b, a]);
  zitadel.setExecution(condition, [b]);
  expect(await targetsShown()).toEqual([b]);
});

test("a ghost stays in its executions, and keeps its keys", async () => {
  const { id } = zitadel.add(wanted("a"));
  zitadel.setExecution(condition, [id]);
  const { keyId } = zitadel.addPublicKey(id, { publicKey });
  zitadel.readModel.loseNext("delete");
  zitadel.remove(id);
  expect([await targetsShown(), await keysShown(id)]).toEqual([[id], [keyId]]);
  expect([zitadel.executions(), zitadel.publicKeys(id)]).toEqual([[], []]);
});

test("keys of a target whose creation was lost are not shown", async () => {
  zitadel.readModel.loseNext("create");
  const { id } = zitadel.add(wanted("a"));
  const { keyId } = zitadel.addPublicKey(id, { publicKey });
  expect(await keysShown(id)).toEqual([]);
  expect(zitadel.publicKeys(id)).toMatchObject([{ keyId }]);
});

test("what happens to a key is lost event by event", async () => {
  const { id } = zitadel.add(wanted("a"));
  const add = () => zitadel.addPublicKey(id, { publicKey }).keyId;
  const first = add();
  zitadel.readModel.loseNext("addKey");
  const lost = add();
  zitadel.activatePublicKey(id, first);
  expect(await keysShown(id)).toEqual([`${first}*`]);
  zitadel.readModel.loseNext("activateKey");
  zitadel.activatePublicKey(id, lost);
  expect(await keysShown(id)).toEqual([`${first}*`]);
  zitadel.readModel.loseNext("deactivateKey");
  zitadel.activatePublicKey(id, first);
  zitadel.deactivatePublicKey(id, first);
  expect(await keysShown(id)).toEqual([`${first}*`]);
  zitadel.readModel.loseNext("deleteKey");
  zitadel.removePublicKey(id, first);
  expect(await keysShown(id)).toEqual([`${first}*`]);
  expect(zitadel.publicKeys(id)).toMatchObject([{ keyId: lost, active: false }]);
});
