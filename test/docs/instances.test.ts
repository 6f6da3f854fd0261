import { copyFile, mkdtemp, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { openDeployment } from "../../local/deployment";
import { startZitadel, type Zitadel } from "../../local/zitadel";
import { cli } from "../support/cli";
import { programs } from "../support/deploy";
import { pages, read, root, snippets } from "../support/documents";
import { startGateway } from "../support/gateway";
import { marks } from "../support/marks";

// docs/credentials.md: two instances behind one address. The commands of the page give the settings, and its program is deployed with
// them. Only the address and the tokens are those of this machine.

jest.setTimeout(120_000);

const all = pages().flatMap(snippets);
const place = all.findIndex(({ marks: given }) => given.includes("instances"));
const [{ code: commands } = { code: "" }, { code: program } = { code: "" }] = all.slice(place - 1, place + 1);

/** `pulumi config set --path zitadel-actions:instances.NAME.KEY VALUE` → NAME → KEY → VALUE. */
function settingsIn(text: string): Record<string, Record<string, string>> {
  const settings: Record<string, Record<string, string>> = {};
  for (const line of text.trim().split("\n")) {
    const form = /^pulumi config set --path (?:--secret )?zitadel-actions:instances\.(\w+)\.(\w+) (\S+)$/;
    const [, name = "", key = "", value = ""] = form.exec(line) ?? [];
    (settings[name] ??= {})[key] = value;
  }
  return settings;
}

/** A gateway in front of instances: the header of a request names the instance. */
async function gatewayTo(instances: Readonly<Record<string, Zitadel>>) {
  const hosts = new Set<string | undefined>();
  const gateway = await startGateway(({ headers }) => {
    hosts.add(headers.host);
    return instances[String(headers["x-zitadel-instance-host"])]?.port;
  });
  return { hosts, ...gateway };
}

test("two instances behind one address: each gets its own objects, and doctor finds each where it is", async () => {
  const named = settingsIn(commands);
  expect(Object.keys(named)).toEqual(["main", "staging"]);
  expect(new Set(Object.values(named).map(({ domain }) => domain)).size).toBe(1);

  const servers: Record<string, Zitadel> = {};
  for (const { externalDomain = "" } of Object.values(named))
    servers[externalDomain] = await startZitadel({ domain: externalDomain });
  const gateway = await gatewayTo(servers);
  const instances = Object.fromEntries(
    Object.entries(named).map(([name, { externalDomain = "" }]) => {
      const accessToken = servers[externalDomain]?.accessToken ?? "";
      return [name, { domain: "127.0.0.1", port: gateway.port, insecure: true, externalDomain, accessToken }];
    }),
  );

  const projectDir = await mkdtemp(join(programs, "docs-"));
  await writeFile(join(projectDir, "Pulumi.yaml"), "name: docs\nruntime: nodejs\nmain: index.ts\n");
  await copyFile(join(root, "examples", "quickstart", "tsconfig.json"), join(projectDir, "tsconfig.json"));
  await writeFile(join(projectDir, "index.ts"), program);
  const config = { "zitadel-actions:instances": { value: JSON.stringify(instances), secret: true } };
  const deployment = await openDeployment({ projectDir, config });
  try {
    for (const isAgain of [false, true]) {
      const { exitCode, stdout, stderr } = await deployment.up();
      marks.write("what up printed", stdout + stderr);
      expect({ exitCode, text: stdout + stderr }).toMatchObject({ exitCode: 0 });
      if (isAgain) expect(stdout).toMatch(/3 unchanged/); // with the stack itself
      for (const server of Object.values(servers))
        expect(server.targets()).toMatchObject([{ name: "audit", endpoint: "https://example.com/audit" }]);
    }
    expect([...gateway.hosts]).toEqual([`127.0.0.1:${gateway.port}`]);

    const input = JSON.stringify(await deployment.exportStack());
    for (const { externalDomain = "" } of Object.values(named)) {
      const env = {
        ZITADEL_DOMAIN: "127.0.0.1",
        ZITADEL_PORT: String(gateway.port),
        ZITADEL_INSECURE: "true",
        ZITADEL_EXTERNAL_DOMAIN: externalDomain,
        ZITADEL_ACCESS_TOKEN: servers[externalDomain]?.accessToken ?? "",
      };
      const name = Object.keys(named).find((one) => named[one]?.["externalDomain"] === externalDomain) ?? "";
      const { code, stdout } = await cli(["doctor", "-", "--instance", name], { env, input });
      expect({ code, stdout }).toEqual({ code: 0, stdout: expect.stringContaining("Found no problems.") as string });
    }
  } finally {
    await deployment.close();
    gateway.close();
    for (const server of Object.values(servers)) await server.stop();
    await rm(projectDir, { recursive: true });
  }
});

test("the mock server has an external domain of its own, as the page says", async () => {
  expect(read("docs/credentials.md").text).toContain('`startZitadel({ domain: "auth.example.com" })`');
  const zitadel = await startZitadel({ domain: "auth.example.com" });
  try {
    const address = { ZITADEL_DOMAIN: "127.0.0.1", ZITADEL_PORT: String(zitadel.port), ZITADEL_INSECURE: "true" };
    const key = { ZITADEL_JWT_PROFILE_JSON: JSON.stringify(await zitadel.owner.keyFile()) };
    const run = (env: Record<string, string>) => cli(["export"], { env: { ...address, ...key, ...env } });
    expect(await run({ ZITADEL_EXTERNAL_DOMAIN: zitadel.url })).toMatchObject({ code: 0 });
    expect(await run({})).toMatchObject({
      code: 1,
      stderr: expect.stringContaining("No instance has this host") as string,
    });
  } finally {
    await zitadel.stop();
  }
});
