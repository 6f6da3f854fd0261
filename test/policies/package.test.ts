import type { PolicyPackConfig } from "@pulumi/policy";
import manifest from "../../package.json";
import { install, openPlace, type Place, type Project } from "../support/installed";
import { violations } from "../support/policies";

// The policy pack at `--policy-pack node_modules/pulumi-zitadel-actions/policies`, with the newest and the oldest @pulumi/policy of the
// range.

jest.setTimeout(600_000);
const { "@pulumi/policy": policy, "@pulumi/pulumi": sdk } = manifest.peerDependencies;
const oldest = (range: string): string => range.replace("^", "");
const { typescript } = manifest.devDependencies;
let place: Place;

beforeAll(async () => {
  place = await openPlace();
});
afterAll(() => place.remove());

async function preview(project: Project, config: PolicyPackConfig) {
  const printed = await project.node(["guarded.mjs", JSON.stringify(config)]);
  const { exitCode, text } = JSON.parse(printed) as { exitCode: number; text: string };
  return { failed: exitCode !== 0, found: violations(text) };
}

test.each([
  ["npm", "the newest", { "@pulumi/policy": policy, "@pulumi/pulumi": sdk, typescript }],
  ["npm", "the oldest", { "@pulumi/policy": oldest(policy), "@pulumi/pulumi": oldest(sdk), typescript: "^5" }],
  ["pnpm", "the newest", { "@pulumi/policy": policy, "@pulumi/pulumi": sdk, typescript }],
] as const)("installed by %s beside %s, it starts and judges", async (manager, which, dependencies) => {
  const project = await install(place, manager, dependencies);
  if (which === "the oldest") expect(await project.version("@pulumi/policy")).toMatch(/^v?1\.11\.0$/);
  const advice = "advisory zitadel-rotation hook";
  expect(await preview(project, {})).toEqual({ failed: false, found: [advice] });
  expect(await preview(project, { "zitadel-endpoint-hosts": { hosts: ["*.acme.example"] } })).toEqual({
    failed: true,
    found: [advice, "mandatory zitadel-endpoint-hosts hook"],
  });
});

test("it is optional: beside no @pulumi/policy at all the package is installed, and brings none", async () => {
  const project = await install(place, "npm", { "@pulumi/pulumi": sdk });
  await expect(project.version("@pulumi/policy")).rejects.toThrow("Cannot find module '@pulumi/policy/package.json'");
  expect(await project.node(["-p", 'require("pulumi-zitadel-actions/policies").rules.length'])).toBe("8\n");
});
