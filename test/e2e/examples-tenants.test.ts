import { startTenants, type TenantsProcess } from "../support/tenants-process";
import { journalIn } from "../support/tenants";

// Runs examples/tenants as a process with twelve ZITADEL instances: one fails, and the service is interrupted and continues. If there is
// a `pulumi` CLI, this is service/main.ts, otherwise the same service with local/engine.

jest.setTimeout(900_000);

const names = Array.from({ length: 12 }, (_, index) => `tenant-${index + 1}`);
const wrong = "tenant-5";

let service: TenantsProcess;
beforeAll(async () => {
  service = await startTenants(names);
});
afterAll(() => service.close());

test("a preview asks no instance, and changes nothing", async () => {
  service.define(undefined, 2);
  expect(await service.run(["preview"])).toMatchObject({ code: 0, text: expect.stringContaining("2 done") as unknown });
  expect([service.asked(), service.deployed()]).toEqual([[], []]);
});

test("an up that is interrupted ends what it has begun, and the next one does the rest, but for the one that fails", async () => {
  service.define();
  service.tokens = { ...service.tokens, [wrong]: "a token that is none of this instance" };

  let isInterrupted = false;
  const first = await service.run(["up", "--parallel", "3"], (text, child) => {
    if (isInterrupted || !text.includes("[ 2/12, ")) return;
    isInterrupted = true;
    child.kill("SIGINT");
  });
  expect(first).toMatchObject({ code: 130, text: expect.stringContaining("not begun") as unknown });
  const begun = [...new Set(journalIn(service.folder).map(({ tenant }) => tenant))];
  expect(begun.length).toBeGreaterThan(1);
  expect(begun.length).toBeLessThan(12);
  expect(service.deployed()).toEqual(names.filter((name) => begun.includes(name) && name !== wrong));
  expect(service.asked()).toEqual(names.filter((name) => begun.includes(name)));

  const done = journalIn(service.folder).filter(({ state }) => state === "done");
  const second = await service.run(["up", "--parallel", "3"]);
  expect(second.code).toBe(1);
  expect(second.text).toMatch(/\] tenant-5: error: .*401/);
  expect(second.text).toContain(
    `${11 - done.length} done, 1 failed, ${done.length} unchanged\n  failed: ${wrong}, see `,
  );
  expect(service.asked()).toEqual(names.filter((name) => !done.some(({ tenant }) => tenant === name)));
  expect(service.deployed()).toEqual(names.filter((name) => name !== wrong));
});

test("what has failed is tried again, and then there is nothing to do", async () => {
  service.tokens = { ...service.tokens, [wrong]: service.instances.get(wrong)?.accessToken ?? "" };
  expect(await service.run(["up"])).toMatchObject({
    code: 0,
    text: expect.stringMatching(/1 done, 11 unchanged\n$/) as unknown,
  });
  expect([service.asked(), service.deployed()]).toEqual([[wrong], names]);

  expect(await service.run(["up"])).toEqual({ code: 0, text: "12 unchanged\n" });
  expect(service.asked()).toEqual([]);
});

test("a tenant whose definition changes is deployed again, and no other", async () => {
  service.define(({ name }) => (name === "tenant-9" ? { endpoint: "https://example.com/new" } : {}));
  expect(await service.run(["up"])).toMatchObject({
    code: 0,
    text: expect.stringMatching(/tenant-9: 1 update/) as unknown,
  });
  expect(service.asked()).toEqual(["tenant-9"]);
  expect(service.instances.get("tenant-9")?.targets()).toMatchObject([{ endpoint: "https://example.com/new" }]);
});
