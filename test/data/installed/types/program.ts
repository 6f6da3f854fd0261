import { getTarget, ZitadelTarget, type ZitadelTargetArgs } from "pulumi-zitadel-actions";
import { openStack, startZitadel, type Zitadel } from "pulumi-zitadel-actions/local";
import { target } from "pulumi-zitadel-actions/runtime";

const args: ZitadelTargetArgs = { endpoint: "https://example.com/hook", timeout: "10s", restWebhook: {} };
export const hook: ZitadelTarget = new ZitadelTarget("hook", args);
export const name: Promise<string> = getTarget({ id: "1" }).then((found) => found.name);
export const zitadel: Promise<Zitadel> = startZitadel();
export const used = [openStack, target.create];

// @ts-expect-error -- nothing is `any`: a target is of one kind
export const wrong: ZitadelTargetArgs = { ...args, restAsync: {} };
