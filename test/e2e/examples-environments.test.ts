import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parseYaml } from "../../local/engine/sdk-location";
import { openStage } from "../support/deploy";
import { resolves } from "../support/resolves";

// One program, deployed with the configuration of each of its environments.

const folder = join(__dirname, "..", "..", "examples", "environments");
const own = "zitadel-actions-environments:";

/** What a file of stack configuration sets. */
function configOf(environment: string): Record<string, string> {
  const { config } = parseYaml(readFileSync(join(folder, `Pulumi.${environment}.yaml`), "utf8")) as {
    config: Record<string, string>;
  };
  return config;
}

const expected = {
  dev: {
    endpoint: "https://example.com/dev/check",
    timeout: "3s",
    interruptOnError: false,
    staysAtFirst: false,
  },
  prod: {
    endpoint: "https://example.com/check",
    timeout: "5s",
    interruptOnError: true,
    staysAtFirst: true,
  },
};

test("each environment has an instance of its own, and no credential", () => {
  const all = Object.keys(expected).map(configOf);
  expect(new Set(all.map((config) => config["zitadel-actions:domain"])).size).toBe(2);
  const keys = all.flatMap((config) => Object.keys(config));
  expect(keys.filter((key) => /^zitadel(-actions)?:/.test(key) && key !== "zitadel-actions:domain")).toEqual([]);
});

test.each(Object.entries(expected))(
  "%s deploys as its file says",
  async (environment, { staysAtFirst, ...target }) => {
    const stage = await openStage({ projectDir: folder, zitadel: { resolves } });
    // The mock server replaces the instance.
    const { "zitadel-actions:domain": _domain, ...config } = configOf(environment);
    try {
      await stage.configure(config);
      expect(await stage.run("preview")).toMatchObject({ exitCode: 0, requests: {}, changes: { create: 3 } });
      const { exitCode, text } = await stage.run("up");
      expect({ exitCode, text }).toMatchObject({ exitCode: 0 });
      expect(stage.zitadel.targets()).toMatchObject([target]);
      expect(stage.zitadel.executions()).toHaveLength(1);
      expect((await stage.run("up")).requests).toEqual({});

      const destroy = await stage.run("destroy");
      expect([destroy.exitCode !== 0, stage.zitadel.targets().length === 1]).toEqual([staysAtFirst, staysAtFirst]);
      if (!staysAtFirst) return;
      expect(destroy.text).toContain("protect");
      await stage.configure({ ...config, [`${own}protect`]: "false" });
      expect((await stage.run("up")).requests).toEqual({});
      expect((await stage.run("destroy")).exitCode).toBe(0);
      expect(stage.zitadel.targets()).toEqual([]);
    } finally {
      await stage.close();
    }
  },
  300_000,
);
