import { startZitadel, type Zitadel } from "../../local/zitadel";
import { openStage, type Stage } from "../support/deploy";
import { seen } from "../support/world";

// One program for two instances, and resources that move from one to the other.

let stage: Stage;
let eu: Zitadel;

beforeAll(async () => {
  eu = await startZitadel();
  const { domain, port, accessToken } = eu;
  const settings = { domain, port, insecure: true, accessToken };
  const instances = { eu: settings, "eu-2": settings };
  stage = await openStage({
    config: { "zitadel-actions:instances": { value: JSON.stringify(instances), secret: true } },
  });
});
afterAll(async () => {
  await stage.close();
  await eu.stop();
});

const hook = { name: "hook", endpoint: "https://example.com/hook", timeout: "10s", restWebhook: {} };
const onExecution = {
  type: "ZitadelExecution",
  condition: { function: { name: "preuserinfo" } },
  targets: ["@hook.id"],
};

async function up() {
  eu.clearRequests();
  const { exitCode, text, requests } = await stage.run("up");
  expect({ exitCode, text }).toMatchObject({ exitCode: 0 });
  return { here: requests, there: seen(eu) };
}

test("a target and its execution are on the default instance", async () => {
  stage.declare({ hook, onExecution });
  expect(await up()).toEqual({ here: { create: 1, searchExecutions: 1, setExecution: 1 }, there: {} });
});

test("moved to another instance, both are created there before they are deleted here, with the same name and condition", async () => {
  stage.declare({ hook: { ...hook, instance: "eu" }, onExecution: { ...onExecution, instance: "eu" } });
  expect(await up()).toEqual({
    // An execution of the condition is at both servers: they could be two addresses of one. It also asks whether somebody else has set it,
    // and who calls the target.
    here: { delete: 1, searchExecutions: 3, setExecution: 1 },
    // The other server is asked first whether it is the same under another host, and has them.
    there: { create: 1, search: 1, searchExecutions: 3, setExecution: 1 },
  });
  const writesThere = eu.requests.filter(({ path }) => !path.endsWith("/search"));
  const lastThere = Math.max(...writesThere.map(({ at }) => at.getTime()));
  const firstHere = Math.min(...stage.zitadel.requests.map(({ at }) => at.getTime()));
  expect(firstHere).toBeGreaterThanOrEqual(lastThere);
  expect([stage.zitadel.targets(), stage.zitadel.executions()]).toEqual([[], []]);
  const [target] = eu.targets();
  expect(target?.name).toBe("hook");
  expect(eu.executions()).toMatchObject([{ id: "function/preuserinfo", targets: [target?.id] }]);
});

test("a refresh asks the instance that they are on, and an up sends nothing", async () => {
  eu.clearRequests();
  const { requests, exitCode } = await stage.run("refresh");
  expect({ exitCode, requests, there: seen(eu) }).toEqual({
    exitCode: 0,
    requests: {},
    there: { search: 1, searchExecutions: 1 },
  });
  expect(await up()).toEqual({ here: {}, there: {} });
});

test("allows one condition on two servers, and refuses it twice on one", async () => {
  const hooks = { hook: { ...hook, instance: "eu" }, here: { ...hook } };
  const twice = {
    onExecution: { ...onExecution, instance: "eu" },
    other: { ...onExecution, targets: ["@here.id"] },
  };
  stage.declare({ ...hooks, ...twice });
  expect((await stage.run("preview")).exitCode).toBe(0);
  stage.declare({ ...hooks, ...twice, again: { ...twice.other } });
  const { exitCode, text } = await stage.run("preview");
  expect(exitCode).not.toBe(0);
  expect(text).toMatch(/\(function\/preuserinfo\) is also the condition of ZitadelExecution \\?"(other|again)\\?"/);
});

describe("two names of one host", () => {
  const onBoth = {
    hook: { ...hook, instance: "eu" },
    onExecution: { ...onExecution, instance: "eu" },
    second: { ...hook, name: "second", instance: "eu-2" },
  };

  test("each has what is declared for it, on the one server", async () => {
    stage.declare(onBoth);
    expect(await up()).toEqual({ here: {}, there: { create: 1 } });
    expect(eu.targets().map(({ name }) => name)).toEqual(["hook", "second"]);
  });

  test("one condition under both is refused", async () => {
    const twice = { ...onExecution, instance: "eu-2", targets: ["@second.id"] };
    stage.declare({ ...onBoth, twice });
    const { exitCode, text } = await stage.run("preview");
    expect(exitCode).not.toBe(0);
    expect(text).toMatch(
      /\(function\/preuserinfo\) is also the condition of ZitadelExecution \\?"(onExecution|twice)\\?"/,
    );
  });

  test("a resource that moves from one name to the other stays as it is", async () => {
    const [{ id } = { id: "" }] = eu.targets();
    const { hook: moved, ...rest } = onBoth;
    stage.declare({ hook: { ...moved, instance: "eu-2" }, ...rest });
    expect((await up()).there).not.toMatchObject({ delete: 1 });
    expect(eu.targets().map((target) => target.id)).toContain(id);
    expect(eu.executions()).toMatchObject([{ targets: [id] }]);
    expect(await up()).toEqual({ here: {}, there: {} });
  });
});

test("destroy asks the instance that they are on", async () => {
  stage.declare({});
  eu.clearRequests();
  const { exitCode, requests } = await stage.run("destroy");
  expect({ exitCode, requests }).toEqual({ exitCode: 0, requests: {} });
  expect(seen(eu)).toEqual({ delete: 2, searchExecutions: 1, setExecution: 1 });
  expect([eu.targets(), eu.executions()]).toEqual([[], []]);
});
