import { appendFileSync, existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { interrupts } from "../../examples/tenants/service/interrupts";
import { Progress } from "../../examples/tenants/service/progress";
import { shareOf } from "../../examples/tenants/service/tenants";
import { tokensIn } from "../../examples/tenants/service/tokens";
import { marks } from "../support/marks";
import { done, journalIn, openService, type Service, tenantNamed } from "../support/tenants";

// The service of examples/tenants without real stacks: which tenants it deploys, how many at once, what it records and what it shows.

const names = Array.from({ length: 12 }, (_, index) => `t${index + 1}`);
const failed = { isDone: false, changes: {} };

let service: Service;
beforeEach(() => (service = openService(names)));
afterEach(() => service.close());

describe("a sweep", () => {
  test("deploys each tenant once, in order, and at most `parallel` at once", async () => {
    expect(await service.run(["up", "--parallel", "3"])).toBe(0);
    expect([service.begun, service.most]).toEqual([names, 3]);
    expect(service.printed).toContain("12 done");
  });

  test("deploys all at once if there are fewer tenants than `parallel`", async () => {
    expect(await service.run(["up", "--parallel", "50"])).toBe(0);
    expect([service.begun, service.most]).toEqual([names, 12]);
  });

  test("goes on when one fails, says which and why, and where its output is", async () => {
    service.react = ({ name }, _act, { onOutput }) => {
      onOutput(`output of ${name}\n`);
      if (name !== "t5") return done;
      onOutput(" +  zitadel:Target audit **creating failed** error: the server said no\nerror: update failed\n");
      return failed;
    };
    expect(await service.run(["up"])).toBe(1);
    expect(service.begun).toEqual(names);
    expect(service.printed).toMatch(/\] t5: error: the server said no \(\d+\.\d s\)\n/);
    const log = join(service.folder, "logs", "t5.log");
    expect(service.printed).toContain(`11 done, 1 failed\n  failed: t5, see ${log}\n`);
    expect(readFileSync(log, "utf8")).toContain("output of t5\n +  zitadel:Target audit **creating failed**");
  });

  test("treats an error as a tenant that failed", async () => {
    service.react = ({ name }) => {
      if (name === "t2") throw new Error("no token of t2");
      return done;
    };
    expect(await service.run(["up"])).toBe(1);
    expect(service.printed).toContain("t2: error: no token of t2");
    expect(journalIn(service.folder)).toContainEqual(expect.objectContaining({ tenant: "t2", state: "failed" }));
  });
});

describe("what is done", () => {
  test("is not done again, unless the tenant's definition has changed", async () => {
    await service.run(["up"]);
    expect(await service.run(["up"])).toBe(0);
    expect([service.begun, service.printed]).toEqual([[], "12 unchanged\n"]);

    service.tenants = service.tenants.map((tenant) =>
      tenant.name === "t7" ? { ...tenant, events: ["session"] } : tenant,
    );
    await service.run(["up"]);
    expect(service.begun).toEqual(["t7"]);
    await service.run(["up"]);
    expect(service.begun).toEqual([]);
  });

  test("is done again with --all", async () => {
    await service.run(["up"]);
    await service.run(["up", "--all"]);
    expect(service.begun).toEqual(names);
  });

  test("does not count once it has failed after a change", async () => {
    await service.run(["up"]);
    const [first = tenantNamed(""), ...others] = service.tenants;
    service.tenants = [{ ...first, endpoint: "https://audit.example.com/new" }, ...others];
    service.react = () => failed;
    expect(await service.run(["up"])).toBe(1);
    // As it was before, it is not what is there now.
    service.tenants = [first, ...others];
    service.react = () => done;
    await service.run(["up"]);
    expect(service.begun).toEqual(["t1"]);
  });

  test("is not for a tenant that failed: it is tried again, and no other", async () => {
    service.react = ({ name }) => (name === "t3" ? failed : done);
    await service.run(["up"]);
    service.react = () => done;
    expect(await service.run(["up"])).toBe(0);
    expect([service.begun, service.printed]).toEqual([["t3"], expect.stringMatching(/1 done, 11 unchanged\n$/)]);
  });

  test("is not by a preview, which tells of those that are due", async () => {
    expect(await service.run(["preview"])).toBe(0);
    expect(existsSync(join(service.folder, "journal.jsonl"))).toBe(false);
    expect(service.printed).toMatch(/\[12\/12, \d+ s\] t12: 3 create \(\d+\.\d s\)\n12 done\n$/);
    await service.run(["up"]);
    await service.run(["preview"]);
    expect(service.begun).toEqual([]);
  });
});

describe("an interruption", () => {
  test("lets those that run end, begins no other, and the next run does the rest", async () => {
    service.react = ({ name }) => {
      if (name === "t4") service.stop.abort();
      return done;
    };
    expect(await service.run(["up", "--parallel", "3"])).toBe(130);
    const first = [...service.begun];
    expect(first.length).toBeLessThan(8);
    expect(service.printed).toContain(`${first.length} done, ${12 - first.length} not begun`);
    const ended = journalIn(service.folder).filter(({ state }) => state !== "begun");
    expect(ended.map(({ tenant }) => tenant).sort()).toEqual([...first].sort());

    service.stop = new AbortController();
    expect(await service.run(["up", "--parallel", "3"])).toBe(0);
    expect([...first, ...service.begun]).toEqual(names);
  });

  test("a second one cancels what runs, which is tried again", async () => {
    service.react = async ({ name }, _act, { signal }) => {
      if (name !== "t1") return done;
      const cancelled = new Promise((resolve) => signal.addEventListener("abort", resolve));
      service.stop.abort();
      service.cancel.abort();
      await cancelled;
      return failed;
    };
    expect(await service.run(["up", "--parallel", "1"])).toBe(130);
    expect(service.begun).toEqual(["t1"]);
    expect(journalIn(service.folder).map(({ state }) => state)).toEqual(["begun", "failed"]);
  });

  test.each(["SIGINT", "SIGTERM"] as const)("by %s is one, and by a second is the second", (signal) => {
    const listeners: (() => void)[] = [];
    const on = (name: string, listener: () => void) => (name === signal ? listeners.push(listener) : 0);
    const { stop, cancel } = interrupts({ on } as unknown as NodeJS.Process);
    const both = () => [stop.aborted, cancel.aborted];
    expect(both()).toEqual([false, false]);
    listeners[0]?.();
    expect(both()).toEqual([true, false]);
    listeners[0]?.();
    expect(both()).toEqual([true, true]);
  });

  describe("by force", () => {
    /** What the journal was when the service was killed. */
    const cutOff = (file: string, length: (whole: string) => number) => {
      const whole = readFileSync(file, "utf8");
      writeFileSync(file, whole.slice(0, length(whole)));
    };
    let file: string;
    beforeEach(async () => {
      file = join(service.folder, "journal.jsonl");
      expect(await service.run(["up", "--parallel", "1"])).toBe(0);
    });

    test("in the middle of a line of the journal leaves that tenant to be done", async () => {
      cutOff(file, (whole) => whole.length - 5);
      await service.run(["up"]);
      expect(service.begun).toEqual(["t12"]);
      expect(journalIn(service.folder).map(({ tenant }) => tenant)).toEqual([
        ...names.flatMap((name) => [name, name]).slice(0, -1),
        "t12",
        "t12",
      ]);
      await service.run(["up"]);
      expect(service.begun).toEqual([]);
    });

    test("in the middle of an up leaves that tenant to be done, even if it is to be as it was", async () => {
      const [first = tenantNamed(""), ...others] = service.tenants;
      service.tenants = [{ ...first, events: ["session"] }, ...others];
      await service.run(["up"]);
      cutOff(file, (whole) => whole.trimEnd().lastIndexOf("\n") + 1);
      expect(journalIn(service.folder).at(-1)).toMatchObject({ tenant: "t1", state: "begun" });

      service.tenants = [first, ...others];
      await service.run(["up"]);
      expect(service.begun).toEqual(["t1"]);
    });
  });
});

describe("what it shows", () => {
  test("on a terminal is one line, rewritten, and what failed", async () => {
    service.react = ({ name }) => (name === "t2" ? failed : done);
    await service.run(["up", "--parallel", "2"], { isTTY: true, columns: 30 });
    const clear = "\r\u001b[2K";
    const [first = "", ...rest] = service.printed.split(clear);
    expect(first).toBe("");
    const stays = rest.filter((text) => text.includes("\n"));
    expect(stays).toEqual([
      "up of 12 tenants, at most 2 at once\n",
      expect.stringMatching(/^\[ 2\/12, \d+ s\] t2: failed without a reason \(\d+\.\d s\)\n$/),
      expect.stringMatching(/^11 done, 1 failed\n {2}failed: t2, see .*\n$/),
    ]);
    const lines = rest.filter((text) => !text.includes("\n"));
    expect(lines).toContainEqual(expect.stringMatching(/^\[ 1\/12, \d+ s\] running: t2$/));
    expect(lines).toContainEqual(expect.stringMatching(/^\[11\/12, \d+ s\] 1 failed, run/));
    for (const line of lines) expect(line.length).toBeLessThan(30);
  });

  test("elsewhere is a line at the start and for each tenant, with the elapsed time, and nothing but text", async () => {
    await service.run(["up"]);
    const [first, ...lines] = service.printed.trimEnd().split("\n");
    expect(first).toBe("up of 12 tenants, at most 4 at once");
    expect(lines).toHaveLength(13);
    for (const line of lines.slice(0, -1))
      expect(line).toMatch(/^\[[ \d]\d\/12, \d+ s\] t\d+: 3 create \(\d+\.\d s\)$/);
    // eslint-disable-next-line no-control-regex -- that is what is not to be there
    expect(service.printed).not.toMatch(/[\u001b\r]/);
  });
});

describe("while nothing ends, it shows what runs and the elapsed time", () => {
  beforeEach(() => jest.useFakeTimers());
  afterEach(() => jest.useRealTimers());

  test.each([
    ["on a terminal every second", true, 1, "\r\u001b[2K[0/3, 1 s] running: a, b"],
    ["elsewhere every half a minute", false, 30, "[0/3, 30 s] running: a, b\n"],
  ])("%s", (_where, isTTY, seconds, expected) => {
    const written: string[] = [];
    const progress = new Progress({ isTTY, write: (text) => written.push(text) }, 3);
    for (const name of ["a", "b"]) progress.began(name);
    written.length = 0;
    jest.advanceTimersByTime(seconds * 1_000);
    expect(written).toEqual([expected]);
    progress.close();
    written.length = 0;
    jest.advanceTimersByTime(60_000);
    expect(written).toEqual([]);
  });
});

describe("wrong options", () => {
  test.each([
    [[], "the command must be preview or up"],
    [["down"], "the command must be preview or up"],
    [["up", "now"], "the command must be preview or up"],
    [["up", "--parallel", "0"], "--parallel must be an integer of at least 1"],
    [["up", "--parallel", "many"], "--parallel must be an integer of at least 1"],
    [["up", "--share", "5/4"], "--share must look like 1/4"],
    [["up", "--share", "0/4"], "--share must look like 1/4"],
    [["up", "--share", "half"], "--share must look like 1/4"],
    [["up", "--paralel", "2"], "Unknown option '--paralel'"],
    [["up", "--tenants", "/nowhere.json"], "ENOENT"],
  ])("%j says so, and how it is used", async (args, problem) => {
    expect(await service.run(args)).toBe(2);
    expect(service.printed).toContain(problem);
    expect(service.printed).toContain("Usage: node service/main.ts preview|up");
    expect(service.begun).toEqual([]);
  });

  test("is not --help", async () => {
    expect(await service.run(["--help"])).toBe(0);
    expect(service.printed).toMatch(/^Usage: node service\/main.ts preview\|up/);
  });

  test.each([
    ["two of one name", [tenantNamed("a"), tenantNamed("a")], "tenant 2: another tenant is named a"],
    ["a name that is none of a stack", [tenantNamed("../a")], "tenant 1: name must consist of lowercase letters"],
    ["no endpoint", [{ ...tenantNamed("a"), endpoint: undefined }], "tenant 1, a: domain, endpoint and events"],
  ])("%s are rejected before anything is begun", async (_what, tenants, problem) => {
    service.tenants = tenants as never;
    expect(await service.run(["up"])).toBe(2);
    expect(service.printed).toContain(problem);
  });

  test("a file that is not a journal is rejected", async () => {
    await service.run(["up"]);
    appendFileSync(join(service.folder, "journal.jsonl"), "{}\n");
    expect(await service.run(["up"])).toBe(2);
    expect(service.printed).toContain("journal.jsonl: line 25 is not a journal entry");
  });
});

test("workers share the tenants: each has one, and keeps it when tenants come", () => {
  const tenants = Array.from({ length: 300 }, (_, index) => tenantNamed(`t${index}`));
  const shares = [1, 2, 3, 4].map((index) => shareOf(tenants, { index, of: 4 }));
  expect(
    shares
      .flat()
      .map(({ name }) => name)
      .sort(),
  ).toEqual(tenants.map(({ name }) => name).sort());
  for (const share of shares) expect(share.length).toBeGreaterThan(40);
  expect(shareOf(tenants.slice(0, 100), { index: 2, of: 4 })).toEqual(
    shares[1]?.filter((tenant) => tenants.indexOf(tenant) < 100),
  );
});

describe("tokens", () => {
  test("are by name, and one that is missing is reported by its tenant", () => {
    const file = join(service.folder, "tokens.json");
    writeFileSync(file, '{"acme": "token of acme"}');
    expect(tokensIn(file)("acme")).toBe("token of acme");
    expect(() => tokensIn(file)("globex")).toThrow(`${file} has no token for globex`);
  });

  test("in a file that is broken are not repeated", () => {
    const file = join(service.folder, "tokens.json");
    const token = "a token that must not be shown";
    marks.add(token, "a tenant's token");
    writeFileSync(file, token);
    try {
      tokensIn(file);
      throw new Error("was taken");
    } catch (error) {
      marks.writeError("an error", error);
      expect((error as Error).message).toBe(`${file} must be a JSON object of tokens by name`);
    }
  });
});
