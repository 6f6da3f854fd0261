import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { ConfigValue } from "../../local/engine";
import { startZitadel, type TargetBody, type Zitadel } from "../../local/zitadel";
import { openStage, type Stage } from "../support/deploy";
import { examples, instructionsOf } from "../support/examples";
import { resolves } from "../support/resolves";
import { seen, webhook } from "../support/world";

// Every example, as a reader would run it: preview, up, up again, destroy.

// Each is deployed three times.
jest.setTimeout(180_000);

const folder = join(__dirname, "..", "..", "examples");

interface Case {
  /** What is on the server before, and the configuration that the example needs beside what its README sets. */
  prepare?: (zitadel: Zitadel) => void;
  config?: (zitadel: Zitadel, other: Zitadel) => Record<string, ConfigValue | string>;
  /** Whether the other server gets the same targets and executions. */
  onOther?: boolean;
  /** What is on the server after the first up. */
  targets: string[];
  executions: string[];
  /** The requests of a preview. A program without lookups sends none. */
  preview?: Record<string, number>;
  /** What an `up` without a change asks; without lookups nothing. */
  again?: Record<string, number>;
  /** The targets that were there before, and stay. */
  left?: string[];
}

const cases: Record<string, Case> = {
  quickstart: { targets: ["audit"], executions: [] },
  execution: {
    targets: ["audit", "check"],
    executions: ["request/zitadel.session.v2.SessionService/CreateSession"],
  },
  receiver: { targets: ["sessions"], executions: ["request/zitadel.session.v2.SessionService/ListSessions"] },
  claims: { targets: ["claims"], executions: ["function/preaccesstoken", "function/preuserinfo"] },
  encrypted: { targets: ["claims"], executions: ["function/preaccesstoken"] },
  lookups: {
    prepare: (zitadel) => {
      // What the README creates with curl.
      const [, audit = ""] = /-d '(.*)'/.exec(readFileSync(join(folder, "lookups", "README.md"), "utf8")) ?? [];
      zitadel.add(JSON.parse(audit) as TargetBody);
      for (const name of ["team-a-one", "team-b-one"]) zitadel.add({ ...webhook, name });
    },
    targets: ["audit", "team-a-one", "team-b-one"],
    executions: ["event/user.human.*"],
    preview: { search: 2, searchExecutions: 1 },
    again: { search: 2, searchExecutions: 1 },
    left: ["audit", "team-a-one", "team-b-one"],
  },
  adopt: {
    prepare: (zitadel) => {
      const { id } = zitadel.add({ ...webhook, name: "Audit", restWebhook: undefined, restAsync: {} });
      zitadel.setExecution({ event: { group: "user.human" } }, [id]);
    },
    config: () => ({ "zitadel-actions-adopt:endpoint": "https://example.com/audit" }),
    targets: ["audit"],
    executions: ["event/user.human.*"],
  },
  instances: {
    config: (production, staging) => {
      const of = ({ domain, port, accessToken }: Zitadel) => ({ domain, port, insecure: true, accessToken });
      const value = JSON.stringify({ production: of(production), staging: of(staging) });
      return { "zitadel-actions:instances": { value, secret: true } };
    },
    onOther: true,
    targets: ["audit"],
    executions: ["event/user.human.*"],
  },
};

/** Those that have tests of their own, and where. */
const elsewhere: Readonly<Record<string, string>> = {
  "aws-secrets-manager": "examples-clouds",
  component: "examples-component",
  environments: "examples-environments",
  "key-pair": "examples-clouds",
  "kubernetes-secret": "examples-clouds",
  rotation: "examples-rotation",
  tenants: "examples-tenants-recovery",
};

describe("every example", () => {
  test("is here, or has a test of its own", () => {
    expect([...Object.keys(cases), ...Object.keys(elsewhere)].sort()).toEqual(examples);
    for (const [example, test] of Object.entries(elsewhere))
      expect(readFileSync(join(__dirname, `${test}.test.ts`), "utf8")).toContain(`"${example}"`);
  });

  test.each(examples)("%s is a whole folder, with a short README, and a row in the examples' README", (name) => {
    expect(readdirSync(join(folder, name))).toEqual(
      expect.arrayContaining(["Pulumi.yaml", "README.md", "index.ts", "tsconfig.json"]),
    );
    const project = readFileSync(join(folder, name, "Pulumi.yaml"), "utf8");
    expect(project).toMatch(
      new RegExp(`^name: zitadel-actions-${name}\ndescription: .+\nruntime: nodejs\nmain: index.ts\n$`),
    );
    const lines = readFileSync(join(folder, name, "README.md"), "utf8")
      .trimEnd()
      .split("\n");
    expect(lines[0]).toBe(`# ${name}`);
    expect(lines.length).toBeLessThan(75);
    expect(readFileSync(join(folder, "README.md"), "utf8")).toContain(`| [${name}](${name}/README.md)`);
  });
});

/** The names without what Pulumi adds. */
const names = (zitadel: Zitadel): string[] =>
  zitadel
    .targets()
    .map(({ name }) => name.replace(/-[0-9a-f]{7}$/, ""))
    .sort();
const conditions = (zitadel: Zitadel): string[] =>
  zitadel
    .executions()
    .map(({ id }) => id)
    .sort();

describe.each(Object.entries(cases))("%s", (name, example) => {
  const { prepare, config, onOther = false, targets, executions, preview = {}, again = {}, left = [] } = example;
  let stage: Stage;
  let other: Zitadel;

  beforeAll(async () => {
    other = await startZitadel({ resolves });
    stage = await openStage({ projectDir: join(folder, name), zitadel: { resolves } });
    prepare?.(stage.zitadel);
    await stage.configure({ ...instructionsOf(name).config, ...config?.(stage.zitadel, other) });
  });
  afterAll(async () => {
    await stage.close();
    await other.stop();
  });

  test("preview, up, up again and destroy", async () => {
    const first = await stage.run("preview");
    expect({ exitCode: first.exitCode, requests: first.requests, text: first.text }).toMatchObject({
      exitCode: 0,
      requests: preview,
    });
    expect(Object.keys(first.requests)).toEqual(Object.keys(preview));

    const created = await stage.run("up");
    expect({ exitCode: created.exitCode, text: created.text }).toMatchObject({ exitCode: 0 });
    for (const zitadel of onOther ? [stage.zitadel, other] : [stage.zitadel]) {
      expect([names(zitadel), conditions(zitadel)]).toEqual([targets, executions]);
    }
    for (const { signingKey } of stage.zitadel.targets()) expect(created.text).not.toContain(signingKey);

    const second = await stage.run("up");
    expect({ exitCode: second.exitCode, requests: second.requests }).toEqual({ exitCode: 0, requests: again });

    expect((await stage.run("destroy")).exitCode).toBe(0);
    expect([names(stage.zitadel), conditions(stage.zitadel)]).toEqual([left, []]);
    expect([names(other), conditions(other), seen(other)["update"]]).toEqual([[], [], undefined]);
  });
});
