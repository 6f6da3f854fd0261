import { openStage } from "../support/deploy";

test("200 targets: 200 creates, never more than two at once, no request for a second up, one search for a refresh, 200 deletes", async () => {
  const stage = await openStage();
  try {
    const names = Array.from({ length: 200 }, (_, index) => `t${index}`);
    stage.declare(
      Object.fromEntries(
        names.map((name) => [name, { endpoint: "https://example.com/hook", timeout: "10s", restAsync: {} }]),
      ),
    );
    stage.zitadel.latency = 5;
    expect(await stage.run("up")).toMatchObject({ exitCode: 0, requests: { create: 200 } });
    expect(stage.zitadel.maxConcurrentWrites).toBe(2);
    expect((await stage.run("up")).requests).toEqual({});
    expect((await stage.run("refresh")).requests).toEqual({ search: 1 });
    expect((await stage.run("destroy")).requests).toEqual({ delete: 200 });
    expect(stage.zitadel.targets()).toEqual([]);
  } finally {
    await stage.close();
  }
});
