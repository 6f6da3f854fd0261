import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Zitadel } from "../../../local/zitadel";
import { base64, newKey } from "../../support/keys";
import { call, FORM, standIns } from "../../support/replay";

const TARGETS = "/v2/actions/targets";
const wanted = (name: string) => ({ name, endpoint: "https://example.com", timeout: "1.5s", restWebhook: {} });

let folder: string;
let file: string;
const startZitadel = standIns();

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "zitadel-state-"));
  file = join(folder, "state.json");
});
afterEach(() => rmSync(folder, { recursive: true }));

const start = () => startZitadel({ file });

const send = (zitadel: Zitadel, request: string, body?: unknown) =>
  call({ baseUrl: zitadel.url, accessToken: zitadel.accessToken }, request, body);

test("targets, users and what the read model lost outlive the process", async () => {
  const before = await start();
  const born = before.add({ ...wanted("born true"), restWebhook: { interruptOnError: true } });
  before.readModel.loseNext("delete");
  const ghost = before.add(wanted("ghost"));
  before.remove(ghost.id);
  const boss = before.addUser({ userName: "boss", role: "IAM_OWNER_VIEWER" });
  const secret = boss.clientSecret();
  const targets = before.targets();
  await before.stop();

  const after = await start();
  expect(after.targets()).toEqual(targets);
  expect(after.accessToken).toBe(before.accessToken);
  expect(after.organisationId).toBe(before.organisationId);
  expect(after.findUser("boss")).toMatchObject({ role: "IAM_OWNER_VIEWER", accessToken: boss.accessToken });
  const form = new URLSearchParams({ grant_type: "client_credentials", client_id: "boss", client_secret: secret });
  expect(await call({ baseUrl: after.url }, "POST /oauth/v2/token", form.toString(), FORM)).toMatchObject({
    status: 200,
  });
  // The write side has not learnt the flag in between, and the ghost is still shown.
  expect(after.change(born.id, { restWebhook: {} })).toEqual({ changeDate: born.creationDate });
  expect(await send(after, `GET ${TARGETS}/${ghost.id}`)).toMatchObject({ status: 200 });
  expect(await send(after, `POST ${TARGETS}`, wanted("BORN TRUE"))).toMatchObject({ status: 409 });
});

test("executions and keys outlive the process, with what the write side remembers of them", async () => {
  const before = await start();
  const [a, b] = [before.add(wanted("a")).id, before.add(wanted("b")).id];
  const condition = { request: { service: "zitadel.session.v2.SessionService" } };
  const { setDate } = before.setExecution(condition, [a, b]);
  const key = { publicKey: base64(newKey.p384()), expirationDate: "2099-01-01T00:00:00Z" };
  const [first, second] = [before.addPublicKey(b, key), before.addPublicKey(b, key)];
  const { changeDate } = before.activatePublicKey(b, second.keyId);
  before.readModel.loseNext("deleteKey");
  before.removePublicKey(b, first.keyId);
  before.remove(a);
  const state = [before.executions(), before.publicKeys(b)];
  await before.stop();

  const after = await start();
  expect([after.executions(), after.publicKeys(b)]).toEqual(state);
  expect(after.setExecution(condition, [a, b])).toEqual({ setDate });
  expect(after.activatePublicKey(b, second.keyId)).toEqual({ changeDate });
  expect(after.addPublicKey(b, key).keyId > second.keyId).toBe(true);
  const { body } = await send(after, `POST ${TARGETS}/${b}/publickeys/search`, {});
  expect((body as { publicKeys: { keyId: string }[] }).publicKeys.map(({ keyId }) => keyId)).toContain(first.keyId);
});

test("ids and dates go on after those of the file, also where the clock was put back", async () => {
  const before = await start();
  const { id, creationDate } = before.add(wanted("a"));
  await before.stop();
  const last = "499999999999999999";
  writeFileSync(file, readFileSync(file, "utf8").replaceAll(id, last));
  const after = await startZitadel({ file, now: () => new Date("2020-01-01T00:00:00Z") });
  const next = after.add(wanted("b"));
  expect(next.id > last).toBe(true);
  expect(next.creationDate > creationDate).toBe(true);
});

test("the file is whole after every write, and for its owner only", async () => {
  const zitadel = await start();
  for (const request of [`POST ${TARGETS}`, `POST ${TARGETS}`]) {
    await send(zitadel, request, wanted(`n${zitadel.count().create}`));
    const { events } = JSON.parse(readFileSync(file, "utf8")) as { events: unknown[] };
    expect(events).toHaveLength(zitadel.count().create);
  }
  expect(readdirSync(folder)).toEqual(["state.json"]);
  expect(statSync(file).mode & 0o777).toBe(0o600);
});

test.each(["not JSON", "[]", "null", '{"version":3,"users":[],"events":[]}'])(
  "a file that holds %s is refused, and left as it is",
  async (content) => {
    writeFileSync(file, content);
    await expect(start()).rejects.toThrow("was not written by the mock ZITADEL server");
    expect(readFileSync(file, "utf8")).toBe(content);
  },
);

test("a file that can no longer be written is named, and not called a bug", async () => {
  const zitadel = await start();
  const unwritten = `${file} cannot be written (ENOENT)`;
  rmSync(folder, { recursive: true });
  expect(await send(zitadel, `POST ${TARGETS}`, wanted("a"))).toMatchObject({
    status: 500,
    body: { message: unwritten },
  });
  await expect(start()).rejects.toThrow(unwritten);
  mkdirSync(folder);
});
