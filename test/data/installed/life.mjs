// Deploys the program in the given folders from preview to destroy, with the mocks of the installed package. It is the same one in several
// forms, which take turns: to each, the resources are as the one before it left them. Prints the result of each step.
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { openDeployment, startZitadel } from "pulumi-zitadel-actions/local";

const zitadel = await startZitadel();
const config = {
  "zitadel-actions:domain": zitadel.domain,
  "zitadel-actions:port": String(zitadel.port),
  "zitadel-actions:insecure": "true",
  "zitadel-actions:accessToken": { value: zitadel.accessToken, secret: true },
  "program:publicKey": readFileSync(new URL("claims.pub.pem", import.meta.url), "utf8"),
  "program:timeout": "10s",
};
const forms = process.argv.slice(2);
const project = "life";
const take = (form) => {
  rmSync(project, { recursive: true, force: true });
  mkdirSync(project);
  for (const name of ["index.js", "index.ts", "package.json"])
    if (existsSync(join(form, name))) cpSync(join(form, name), join(project, name));
  const settings = readFileSync(join(form, "Pulumi.yaml"), "utf8");
  writeFileSync(join(project, "Pulumi.yaml"), settings.replace(/^name: .*$/m, `name: ${project}`));
};
take(forms[0]);
const deployment = await openDeployment({ projectDir: project });
const own = () => zitadel.targets().filter(({ name }) => name !== "other");
const drift = () => zitadel.change(own()[0].id, { timeout: "33s" });
const addOther = () => {
  const { id } = zitadel.add({ name: "other", endpoint: "https://example.com/other", timeout: "5s", restAsync: {} });
  config["program:other"] = id;
};
const steps = [
  { step: "preview" },
  { step: "up" },
  { step: "up" },
  { step: "up", timeout: "20s" },
  { step: "refresh", timeout: "20s", before: drift },
  { step: "up", timeout: "20s" },
  { step: "up", timeout: "20s", before: addOther },
  { step: "refresh", timeout: "20s" },
  { step: "destroy", timeout: "20s" },
];

const life = [];
let turns = 0;
for (const { step, timeout = "10s", before } of steps) {
  before?.();
  if (step === "preview" || step === "up") take(forms[turns++ % forms.length]);
  await deployment.configure({ ...config, "program:timeout": timeout });
  zitadel.clearRequests();
  const { exitCode, stdout, stderr, outputs } = await deployment[step]();
  const targets = own();
  const other = zitadel.targets().find(({ name }) => name === "other");
  life.push({
    step,
    exitCode,
    ...(exitCode !== 0 && { said: stdout + stderr }),
    requests: Object.fromEntries(Object.entries(zitadel.count()).filter(([, count]) => count > 0)),
    timeouts: targets.map((target) => target.timeout),
    executions: zitadel.executions().length,
    ...(step === "up" && { isKeyGiven: outputs["signingKey"]?.value === targets[0]?.signingKey }),
    ...(step === "up" && { isOtherGiven: outputs["otherKey"]?.value === other?.signingKey }),
  });
}
await deployment.close();
await zitadel.stop();
console.log(JSON.stringify({ node: process.versions.node, life }));
