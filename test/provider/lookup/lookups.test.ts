import * as pulumi from "@pulumi/pulumi";
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startZitadel, type Zitadel } from "../../../local/zitadel";
import {
  getTarget,
  listExecutionFunctions,
  listExecutionMethods,
  listExecutions,
  listExecutionServices,
  listTargets,
  type TargetResult,
} from "../../../provider";
import { configFor } from "../../support/deploy";
import { marks } from "../../support/marks";
import { failure } from "../../support/provider";
import { seen, webhook } from "../../support/world";

// The lookups for programs, in a process that is set up like a program's.

let zitadel: Zitadel;

beforeEach(async () => {
  zitadel = await startZitadel();
  use(zitadel);
});
afterEach(async () => {
  pulumi.runtime.setAllConfig({});
  await zitadel.stop();
});

function use(server: Zitadel, more: Record<string, string> = {}): void {
  const values = Object.entries(configFor(server)).map(([key, value]) => [
    key,
    typeof value === "string" ? value : value.value,
  ]);
  pulumi.runtime.setAllConfig({ ...(Object.fromEntries(values) as Record<string, string>), ...more });
}

const fails = (code: string, message: string) => ({
  name: "ZitadelError",
  code,
  message: expect.stringContaining(message) as string,
});

async function keyOf(target: TargetResult | undefined): Promise<unknown> {
  expect(await pulumi.isSecret(target?.signingKey ?? pulumi.output(""))).toBe(true);
  return new Promise((resolve) => target?.signingKey.apply(resolve));
}

describe("getTarget", () => {
  test("finds by id and by name, with one request, and gives the signing key as a secret alone", async () => {
    const { id, signingKey } = zitadel.add({ ...webhook, name: "Audit", restCall: undefined, timeout: "1.5s" });
    for (const wanted of [{ id }, { name: "Audit" }]) {
      zitadel.clearRequests();
      const target = await getTarget(wanted);
      expect(target).toMatchObject({
        id,
        name: "Audit",
        timeout: "1.500s",
        restWebhook: {},
        endpoint: webhook.endpoint,
      });
      expect(target.payloadType).toBe("PAYLOAD_TYPE_UNSPECIFIED");
      expect(await keyOf(target)).toBe(signingKey);
      marks.writeError("a target that is printed", target);
      expect(seen(zitadel)).toEqual({ search: 1 });
    }
  });

  test("says what is there where only the letter case differs", async () => {
    zitadel.add({ ...webhook, name: "Audit" });
    await expect(getTarget({ name: "audit" })).rejects.toMatchObject(
      fails("not_found", 'Did you mean "Audit" (case-sensitive)?'),
    );
  });

  test("fails where there is none, and sends nothing that could change something", async () => {
    await expect(getTarget({ id: "400000000000000000" })).rejects.toMatchObject(fails("not_found", "Check the id"));
    await expect(getTarget({ name: "missing" })).rejects.toMatchObject(fails("not_found", "Check the name"));
    expect(seen(zitadel)).toEqual({ search: 2 });
  });

  test("needs an id or a name", async () => {
    await expect(getTarget({ name: "" })).rejects.toMatchObject(fails("invalid_request", "neither an id nor a name"));
    expect(seen(zitadel)).toEqual({});
  });

  test("ends like every other call where the token is not accepted, and shows no token", async () => {
    use(zitadel, { "zitadel-actions:accessToken": "a-token-that-was-never-issued" });
    const error = await failure(getTarget({ name: "a" }), "a-token-that-was-never-issued");
    expect(error).toMatchObject(fails("unauthenticated", "ZITADEL answered 401"));
  });

  test("without settings says which are missing", async () => {
    pulumi.runtime.setAllConfig({});
    await expect(getTarget({ name: "a" })).rejects.toMatchObject(
      fails("settings", "zitadel-actions:domain is not set"),
    );
  });

  test("on a stack with only named instances says which, and how to select one", async () => {
    pulumi.runtime.setAllConfig({ "zitadel-actions:instances": '{"eu":{}}' });
    await expect(getTarget({ name: "a" })).rejects.toMatchObject(
      fails("settings", 'zitadel-actions:instances has "eu": pass one of these names (`instance: "eu"`)'),
    );
  });

  test("asks the instance that is named", async () => {
    const other = await startZitadel();
    const { id } = other.add({ ...webhook, name: "Elsewhere" });
    const { domain, port, accessToken } = other;
    use(zitadel, {
      "zitadel-actions:instances": JSON.stringify({ eu: { domain, port, insecure: true, accessToken } }),
    });
    try {
      expect(await getTarget({ name: "Elsewhere" }, { instance: "eu" })).toMatchObject({ id });
      await expect(getTarget({ name: "Elsewhere" })).rejects.toMatchObject({ code: "not_found" });
      await expect(getTarget({ name: "Elsewhere" }, { instance: "us" })).rejects.toMatchObject({ code: "settings" });
      await expect(getTarget({ name: "Elsewhere" }, { instance: "euu" })).rejects.toMatchObject(
        fails("settings", 'Did you mean "eu"?'),
      );
    } finally {
      await other.stop();
    }
  });
});

test("a key file that others may read gives a warning in the program's log, once, however much is asked", async () => {
  const folder = mkdtempSync(join(tmpdir(), "lookups-"));
  const warn = jest.spyOn(pulumi.log, "warn").mockResolvedValue();
  try {
    const path = join(folder, "key.json");
    writeFileSync(path, JSON.stringify(await zitadel.owner.keyFile()));
    chmodSync(path, 0o644);
    use(zitadel, { "zitadel-actions:accessToken": "", "zitadel-actions:jwtProfileFile": path });
    await Promise.all([listTargets(), listTargets(), listExecutionFunctions()]);
    expect(warn.mock.calls).toEqual([
      [
        expect.stringContaining(
          `zitadel-actions:jwtProfileFile names ${path}, a private key that other users can read`,
        ),
      ],
    ]);
  } finally {
    warn.mockRestore();
    rmSync(folder, { recursive: true });
  }
});

describe("listTargets", () => {
  test("lists all, oldest first, with one request for each thousand", async () => {
    for (let index = 0; index < 2_100; index++) zitadel.add({ ...webhook, name: `hook ${index}` });
    const targets = await listTargets();
    expect(targets.map(({ name }) => name)).toEqual(Array.from({ length: 2_100 }, (_, index) => `hook ${index}`));
    expect(await keyOf(targets[2_050])).toBe(zitadel.targets()[2_050]?.signingKey);
    expect(seen(zitadel)).toEqual({ search: 3 });
  });

  test("filters in the API's own words", async () => {
    const ids = ["Audit", "audit 2", "other"].map((name) => zitadel.add({ ...webhook, name }).id);
    const targetIds = [ids[1] ?? "", ids[2] ?? "", "400000000000000000"];
    const method = "TEXT_FILTER_METHOD_STARTS_WITH_IGNORE_CASE" as const;
    const byName = { targetNameFilter: { targetName: "AUDIT", method } };
    const names = async (...filters: NonNullable<Parameters<typeof listTargets>[0]>["filters"] & object) =>
      (await listTargets({ filters })).map(({ name }) => name);
    expect(await names(byName)).toEqual(["Audit", "audit 2"]);
    expect(await names({ inTargetIdsFilter: { targetIds } })).toEqual(["audit 2", "other"]);
    expect(await names(byName, { inTargetIdsFilter: { targetIds } })).toEqual(["audit 2"]);
  });

  test("an empty list of ids lets nothing through, and is not sent", async () => {
    zitadel.add({ ...webhook, name: "a" });
    expect(await listTargets({ filters: [{ inTargetIdsFilter: { targetIds: [] } }] })).toEqual([]);
    expect(seen(zitadel)).toEqual({});
  });

  test.each([
    ["an unknown filter", { nameFilter: { name: "a" } }],
    ["an unknown method", { targetNameFilter: { targetName: "a", method: "EQUALS" } }],
    ["a name that is too long", { targetNameFilter: { targetName: "a".repeat(201) } }],
  ])("%s is rejected, since ZITADEL would list everything", async (_case, filter) => {
    await expect(listTargets({ filters: [filter as never] })).rejects.toMatchObject(
      fails("invalid_request", "a filter must be"),
    );
    expect(seen(zitadel)).toEqual({});
  });
});

describe("listExecutions", () => {
  const method = "/zitadel.session.v2.SessionService/ListSessions";
  let targetId: string;
  let otherId: string;

  beforeEach(() => {
    targetId = zitadel.add({ ...webhook, name: "a" }).id;
    otherId = zitadel.add({ ...webhook, name: "b" }).id;
    zitadel.setExecution({ request: { method } }, [targetId, otherId]);
    zitadel.setExecution({ function: { name: "preuserinfo" } }, [otherId]);
    zitadel.setExecution({ event: { group: "user.human" } }, [targetId]);
  });

  test("lists all, by id, with condition and targets in order", async () => {
    expect(await listExecutions()).toMatchObject([
      { id: "event/user.human.*", condition: { event: { group: "user.human" } }, targets: [targetId] },
      { id: "function/preuserinfo", targets: [otherId] },
      { id: `request${method}`, condition: { request: { method } }, targets: [targetId, otherId] },
    ]);
    expect(seen(zitadel)).toEqual({ searchExecutions: 1 });
  });

  test.each<[string, Parameters<typeof listExecutions>[0], string[]]>([
    [
      "by kind",
      { filters: [{ executionTypeFilter: { executionType: "EXECUTION_TYPE_EVENT" } }] },
      ["event/user.human.*"],
    ],
    [
      "by condition",
      { filters: [{ inConditionsFilter: { conditions: [{ function: { name: "preuserinfo" } }] } }] },
      ["function/preuserinfo"],
    ],
    ["by no condition", { filters: [{ inConditionsFilter: { conditions: [] } }] }, []],
  ])("%s", async (_case, options, ids) => {
    expect((await listExecutions(options)).map(({ id }) => id)).toEqual(ids);
  });

  test("by target", async () => {
    const found = await listExecutions({ filters: [{ targetFilter: { targetId: otherId } }] });
    expect(found.map(({ id }) => id)).toEqual(["function/preuserinfo", `request${method}`]);
  });

  test("an unknown filter is rejected", async () => {
    const filter = { executionTypeFilter: { executionType: "EVENT" } };
    await expect(listExecutions({ filters: [filter as never] })).rejects.toMatchObject(
      fails("invalid_request", "a filter must be"),
    );
  });
});

test("the words that conditions may use", async () => {
  expect(await listExecutionFunctions()).toEqual(["preuserinfo", "preaccesstoken", "presamlresponse"]);
  expect(await listExecutionServices()).toContain("zitadel.session.v2.SessionService");
  expect(await listExecutionMethods()).toContain("/zitadel.session.v2.SessionService/ListSessions");
  expect(seen(zitadel)).toEqual({ listWords: 3 });
});

test.each([
  ["a Promise", Promise.resolve({ instance: "eu" })],
  ["a Map", new Map([["instance", "eu"]])],
])("%s is no options, and does not stand for the default instance", async (kind, options) => {
  await expect(getTarget({ name: "audit" }, options as object)).rejects.toMatchObject(
    fails("invalid_request", `takes an object with instance, but got ${kind}`),
  );
  await expect(listTargets(options as object)).rejects.toMatchObject(fails("invalid_request", "takes an object with"));
  expect(seen(zitadel)).toEqual({});
});
