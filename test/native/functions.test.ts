import { startZitadel, type Zitadel } from "../../local/zitadel";
import { type Native, secret, settingsOf, startNative } from "../support/native";

let zitadel: Zitadel;
let native: Native;
let id: string;
const hook = { name: "audit", endpoint: "https://example.com/hook", timeout: "10s", restWebhook: {} };

beforeAll(async () => {
  zitadel = await startZitadel();
  native = await startNative(settingsOf(zitadel));
  ({ id } = zitadel.add(hook));
  zitadel.setExecution({ function: { name: "preuserinfo" } }, [id]);
});
afterAll(async () => {
  native.stop();
  await zitadel.stop();
});

const dates = { creationDate: expect.any(String) as string, changeDate: expect.any(String) as string };
const shown = () => ({ ...hook, id, restWebhook: {}, payloadType: "PAYLOAD_TYPE_UNSPECIFIED", ...dates });

test("a target is found by its id and by its name, without its key", async () => {
  expect(await native.invoke("getTarget", { id })).toEqual({ result: shown(), failures: [] });
  expect(await native.invoke("getTarget", { name: "audit" })).toEqual({ result: shown(), failures: [] });
});

test("its key has a function of its own, and is a secret", async () => {
  const key = zitadel.targets()[0]?.signingKey;
  expect((await native.invoke("getTargetSigningKey", { id })).result).toEqual({ signingKey: secret(key) });
});

test("targets, executions and words are listed", async () => {
  const filters = [{ targetNameFilter: { targetName: "aud", method: "TEXT_FILTER_METHOD_STARTS_WITH" } }];
  expect((await native.invoke("listTargets", { filters })).result).toEqual({ targets: [shown()] });
  expect((await native.invoke("listTargets", { filters: [{ inTargetIdsFilter: { targetIds: [] } }] })).result).toEqual({
    targets: [],
  });
  expect((await native.invoke("listExecutions")).result).toEqual({
    executions: [
      { id: "function/preuserinfo", condition: { function: { name: "preuserinfo" } }, targets: [id], ...dates },
    ],
  });
  const { names } = (await native.invoke("listExecutionFunctions")).result;
  expect(names).toContain("preuserinfo");
  expect((await native.invoke("listExecutionMethods")).result["names"]).toContain(
    "/zitadel.user.v2.UserService/AddHumanUser",
  );
  expect((await native.invoke("listExecutionServices")).result["names"]).toContain("zitadel.user.v2.UserService");
});

test.each([
  ["getTarget", {}, ["takes exactly one of id and name, but got neither"]],
  ["getTarget", { id: "1", name: "x" }, ["takes exactly one of id and name, but got both"]],
  [
    "getTarget",
    { nam: "x" },
    ["Unknown argument 'nam'. Did you mean 'name'?", "takes exactly one of id and name, but got neither"],
  ],
  ["getTarget", { id: 1 }, ["id must be a string"]],
  ["listTargets", { filters: "x" }, ["filters must be a list of filters"]],
  ["listExecutionMethods", { filters: [] }, ["Unknown argument 'filters'. The arguments are instance."]],
])("%s with %j is refused before anything is sent", async (name, args, failures) => {
  zitadel.clearRequests();
  expect((await native.invoke(name, args)).failures).toEqual(failures);
  expect(zitadel.requests).toEqual([]);
});

test("what there is not is an error", async () => {
  await expect(native.invoke("getTarget", { id: "1" })).rejects.toMatchObject({
    message: expect.stringContaining("Looking for target 1 on") as string,
  });
  await expect(native.invoke("getTargets")).rejects.toEqual({
    code: 12,
    message: expect.stringContaining("There is no function zitadel-actions:index:getTargets.") as string,
  });
  await expect(native.invoke("getTarget", { id, instance: "eu" })).rejects.toMatchObject({
    message: expect.stringContaining("zitadel-actions:instances has no instance") as string,
  });
});
