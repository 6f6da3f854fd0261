// A preview of the program here, held against the policy pack of the installed package; tells what came of it.
import { readFileSync, writeFileSync } from "node:fs";
import { openDeployment, startZitadel } from "pulumi-zitadel-actions/local";

const zitadel = await startZitadel();
const deployment = await openDeployment({
  projectDir: ".",
  config: {
    "zitadel-actions:domain": zitadel.domain,
    "zitadel-actions:port": String(zitadel.port),
    "zitadel-actions:insecure": "true",
    "zitadel-actions:accessToken": { value: zitadel.accessToken, secret: true },
    "program:publicKey": readFileSync("claims.pub.pem", "utf8"),
    "program:timeout": "10s",
  },
});
writeFileSync("policies.json", process.argv[2]);
const { exitCode, stdout, stderr } = await deployment.preview({
  policyPacks: ["node_modules/pulumi-zitadel-actions/policies"],
  policyPackConfigs: ["policies.json"],
});
await deployment.close();
await zitadel.stop();
console.log(JSON.stringify({ exitCode, text: stdout + stderr }));
