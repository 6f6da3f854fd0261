import { engineOnThisMachine } from "../../local";
import { journalIn } from "../support/tenants";
import { killAll, startTenants, type TenantsProcess } from "../support/tenants-process";

// examples/tenants with many tenants: interrupted, then killed with all its processes in the middle of creates, then run to the end. A CLI
// needs far longer than local/engine, so it gets fewer tenants.

jest.setTimeout(900_000);

const [count, parallel] = engineOnThisMachine() === "pulumi" ? [6, 2] : [16, 4];
const names = Array.from({ length: count }, (_, index) => `tenant-${index + 1}`);

let service: TenantsProcess;
beforeAll(async () => {
  service = await startTenants(names);
});
afterAll(() => service.close());

const up = (watch?: Parameters<TenantsProcess["run"]>[1]) => service.run(["up", "--parallel", String(parallel)], watch);
const ended = (state: string) => journalIn(service.folder).filter((entry) => entry.state === state);

test("after SIGINT, and after a SIGKILL in the middle of creates, the next run leaves one target for each tenant", async () => {
  service.define();
  let isInterrupted = false;
  const first = await up((text, child) => {
    if (isInterrupted || !/^\[ ?1\//m.test(text)) return;
    isInterrupted = true;
    child.kill("SIGINT");
  });
  expect(first.code).toBe(130);
  const done = service.deployed();
  expect(
    ended("done")
      .map(({ tenant }) => tenant)
      .sort(),
  ).toEqual([...done].sort());
  expect(done.length).toBeLessThan(count);

  // From now on, ZITADEL creates targets but does not answer, until as many tenants are waiting as run at once.
  const held = new Set<string>();
  const { promise: until, resolve: answer } = Promise.withResolvers<undefined>();
  let kill: (() => void) | undefined;
  for (const [name, { faults }] of service.instances) {
    const when = () => {
      held.add(name);
      // The server carries out the create before the kill.
      if (held.size === parallel) setImmediate(() => kill?.());
      return true;
    };
    if (!done.includes(name))
      faults.add({ match: { operation: "create", when }, fault: { kind: "hold", until, after: true } });
  }
  const second = await up((_text, child) => (kill = () => killAll(child)));
  expect(second.code).toBe(null);
  answer(undefined);
  for (const { faults } of service.instances.values()) faults.clear();
  const lost = new Map([...held].map((name) => [name, service.instances.get(name)?.targets()[0]?.name]));
  expect(service.deployed()).toEqual(done);

  const third = await up();
  expect(third).toMatchObject({ code: 0, text: expect.stringContaining(`${count - done.length} done, `) as unknown });
  const removed = Array.from(third.text.matchAll(/^(\S+): removed target (\S+), which an interrupted deployment/gm));
  expect(new Map(removed.map(([, name, target]) => [name, target]))).toEqual(lost);
  for (const zitadel of service.instances.values()) {
    const [target, ...others] = zitadel.targets();
    expect([target?.name, others]).toEqual([expect.stringMatching(/^audit-/), []]);
    expect(zitadel.executions()).toMatchObject([{ id: "event/user.human.*", targets: [target?.id] }]);
  }
  expect(await up()).toEqual({ code: 0, text: `${count} unchanged\n` });
});
